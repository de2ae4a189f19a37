// Moments as the API tells them.

export const momentOf = (ms: number): string => new Date(ms).toISOString();
export const momentOrNull = (ms: number | null): string | null => (ms === null ? null : momentOf(ms));
