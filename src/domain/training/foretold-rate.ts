// What a fitted model foretells: the rate of approval in given circumstances, and how sure it is of a processor in a segment.
import { FEATURES, type Context, type FeatureName } from './context.ts';
import { type FittedModel, rateOf } from './fit-model.ts';

/** A level that was never seen adds nothing. */
export function foretoldRate({ intercept, features }: FittedModel, context: Context): number {
  let logOdds = intercept;
  for (const [place, { levels }] of features.entries())
    logOdds += levels.get(FEATURES[place]!.levelOf(context))?.logOdds ?? 0;
  return rateOf(logOdds);
}

/**
 * Variance of a processor's log odds in a segment: what was seen there, beside what is known of the processor with that method and in that country, which
 * rest in turn on what is known of it anywhere.
 */
export function logOddsVariance(model: FittedModel, context: Context): number {
  const of = (name: FeatureName): { readonly information: number; readonly variance: number } => {
    const place = FEATURES.findIndex((feature) => feature.name === name);
    const { levels, deviation } = model.features[place]!;
    const level = levels.get(FEATURES[place]!.levelOf(context));
    return { information: level?.information ?? 0, variance: deviation ** 2 };
  };
  const left = (name: FeatureName, above: number): number => {
    const { information, variance } = of(name);
    return 1 / (information + 1 / (variance + above));
  };
  const anywhere = left('processor', 0);
  const near = left('processor x payment_method', anywhere) + left('processor x country', anywhere);
  return left('processor x segment', near);
}

/** The same, for the same few circumstances again and again. */
export function foreteller(model: FittedModel): (context: Context) => number {
  const known = new Map<string, number>();
  return (context) => {
    const { processorId, paymentMethod, country, currency, amountBand, hourBand } = context;
    const key = `${processorId} ${paymentMethod} ${country} ${currency} ${amountBand} ${hourBand}`;
    const rate = known.get(key) ?? foretoldRate(model, context);
    known.set(key, rate);
    return rate;
  };
}
