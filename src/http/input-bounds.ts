// How much a caller may send at once; apart from the schemas, for whoever reads usual calls does without them.

/** A batch of 1,000 results with every field filled stays below half of it. */
export const BODY_BYTES_MAX = 1_048_576;
/** Results of one batch. */
export const ITEMS_MAX = 1_000;
export const LATENCY_MS_MAX = 86_400_000;
