// The names of the card networks' ceilings, as advice, settings and the API speak of them.

export const CEILING_IDS = [
  'visa_reattempts_30d',
  'mastercard_declines_24h',
  'mastercard_same_amount_30d',
  'other_reattempts_30d',
] as const;
export type CeilingId = (typeof CEILING_IDS)[number];
