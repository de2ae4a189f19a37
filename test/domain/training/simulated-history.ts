// A history whose truth is known: log odds that add up from effects, attempts drawn from them, and decisions drawn evenly with their propensities.
import { asProcessorId } from '../../../src/domain/identity.ts';
import type { Context, TrainingCell } from '../../../src/domain/training/context.ts';
import type { DrawnDecision } from '../../../src/domain/training/judge-model.ts';
import { seeded } from '../../harness/seeded.ts';

export const PROCESSORS = ['alpha', 'beta', 'gamma', 'delta'] as const;
const SEGMENTS = [
  ['CARD', 'BR', 'BRL'],
  ['CARD', 'MX', 'MXN'],
  ['PIX', 'BR', 'BRL'],
  ['OXXO', 'MX', 'MXN'],
] as const;

export type Truth = (context: Context) => number;

/** alpha is the best but with CARD in MX, where beta is; large amounts and the night fare worse. */
export const truth: Truth = ({ processorId, paymentMethod, country, amountBand, hourBand }) => {
  const own = { alpha: 0.6, beta: 0.1, gamma: -0.2, delta: -0.5 }[processorId] ?? 0;
  const method = { CARD: -0.3, PIX: 0.5, OXXO: -0.2 }[paymentMethod] ?? 0;
  const special = processorId === 'alpha' && paymentMethod === 'CARD' && country === 'MX' ? -1.2 : 0;
  return 1 + own + method + special - 0.3 * (amountBand - 4) - (hourBand < 2 ? 0.4 : 0);
};

/** alpha is the best for small amounts, beta for large ones; over all of them they are alike. */
export const crossingTruth: Truth = ({ processorId, amountBand }) =>
  1 +
  ({ alpha: -0.9, beta: 0.9 }[processorId] ?? 0) * (amountBand - 4) +
  ({ gamma: -0.6, delta: -1 }[processorId] ?? 0);

/** Every processor is worth the same. */
export const evenTruth: Truth = () => 0.8;

export const rateAt = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

export function contextsOf(processors: readonly string[] = PROCESSORS): Context[] {
  return processors.flatMap((processorId) =>
    SEGMENTS.flatMap(([paymentMethod, country, currency]) =>
      [3, 4, 5].flatMap((amountBand) =>
        Array.from({ length: 8 }, (_, hourBand) => ({
          processorId,
          paymentMethod,
          country,
          currency,
          amountBand,
          hourBand,
        })),
      ),
    ),
  );
}

/** So many attempts in each cell. */
export function simulatedCells(
  of: Truth,
  perCell: number,
  seed: number,
  processors?: readonly string[],
): TrainingCell[] {
  const draw = seeded(seed);
  return contextsOf(processors).map((context) => {
    const rate = rateAt(of(context));
    let approved = 0;
    for (let attempt = 0; attempt < perCell; attempt += 1) approved += Number(draw() < rate);
    return { ...context, attempts: perCell, approved };
  });
}

export function simulatedDecisions(of: Truth, count: number, seed: number): DrawnDecision[] {
  const draw = seeded(seed);
  const places = contextsOf(['']);
  return Array.from({ length: count }, (_, decidedAtMs) => {
    const place = places[Math.floor(draw() * places.length)]!;
    const processorId = PROCESSORS[Math.floor(draw() * PROCESSORS.length)]!;
    const approved = draw() < rateAt(of({ ...place, processorId }));
    return { ...place, decidedAtMs, processorId, propensity: 1 / PROCESSORS.length, candidates: PROCESSORS, approved };
  });
}

export const served = PROCESSORS.map((id) => ({
  id: asProcessorId(id),
  paymentMethods: ['CARD', 'PIX', 'OXXO'],
  countries: ['BR', 'MX'],
}));
