// In what circumstances an attempt was made, as far as the edge knows them, and the features by which attempts in like circumstances are told together.

/** Coarse enough that millions of attempts fall into some thousands of cells. */
export interface Surrounding {
  readonly paymentMethod: string;
  readonly country: string;
  readonly currency: string;
  /** Digits of the amount in minor units, 1-9; 0: none, or below one. */
  readonly amountBand: number;
  /** Three hours of the day, UTC: 0 is midnight to three. */
  readonly hourBand: number;
}

export interface Context extends Surrounding {
  readonly processorId: string;
}

/** First attempts in the same circumstances, and how many were approved. */
export interface TrainingCell extends Context {
  readonly attempts: number;
  readonly approved: number;
}

export interface Feature {
  readonly name: string;
  /** Two attempts of the same level share an effect. */
  readonly levelOf: (context: Context) => string;
}

/** From the whole to the particular: what a level of the particular does not show by itself it has from the whole. */
export const FEATURES = [
  { name: 'processor', levelOf: ({ processorId }) => processorId },
  { name: 'payment_method', levelOf: ({ paymentMethod }) => paymentMethod },
  { name: 'country', levelOf: ({ country }) => country },
  { name: 'currency', levelOf: ({ currency }) => currency },
  { name: 'amount_band', levelOf: ({ amountBand }) => String(amountBand) },
  { name: 'hour_band', levelOf: ({ hourBand }) => String(hourBand) },
  { name: 'segment', levelOf: ({ paymentMethod, country }) => `${paymentMethod}|${country}` },
  {
    name: 'processor x payment_method',
    levelOf: ({ processorId, paymentMethod }) => `${processorId} ${paymentMethod}`,
  },
  { name: 'processor x country', levelOf: ({ processorId, country }) => `${processorId} ${country}` },
  {
    name: 'processor x segment',
    levelOf: ({ processorId, paymentMethod, country }) => `${processorId} ${paymentMethod}|${country}`,
  },
  { name: 'processor x amount_band', levelOf: ({ processorId, amountBand }) => `${processorId} ${amountBand}` },
  { name: 'processor x hour_band', levelOf: ({ processorId, hourBand }) => `${processorId} ${hourBand}` },
] as const satisfies readonly Feature[];

export type FeatureName = (typeof FEATURES)[number]['name'];
