// Attempts as a processor's object would record them, minute by minute, with a fault that is known: for tests of what is found in history.
import { asProcessorId, asTransactionId } from '../../src/domain/identity.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import { segmentKey } from '../../src/domain/segment.ts';
import { seededDraws } from '../../lab/detection/seeded-draws.ts';

export interface SimulatedHouse {
  readonly name: string;
  readonly perMinute: number;
  readonly fromMinute: number;
  readonly minutes: number;
  /** What becomes of an attempt that would have gone as usual. */
  readonly fault?: (
    attempt: SimulatedAttempt,
  ) => Partial<Pick<CanonicalResult, 'result' | 'fault' | 'declineCode'>> | null;
}

export interface SimulatedAttempt {
  readonly minute: number;
  readonly processor: string;
  readonly country: string;
  readonly bin: string;
  readonly draw: () => number;
}

export const PROCESSORS = ['alpha', 'beta', 'gamma'] as const;
const COUNTRIES = ['BR', 'MX'] as const;
export const BINS = ['411111', '422222', '433333'] as const;
const USUALLY_DECLINED = 0.1;
const USUALLY_FAILED = 0.01;

export function* simulatedAttempts(house: SimulatedHouse): Generator<AttemptRow> {
  const draw = seededDraws(house.name);
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(draw() * values.length)]!;
  let serial = 0;
  for (let at = 0; at < house.minutes; at += 1) {
    const minute = house.fromMinute + at;
    const attempts = Math.round(house.perMinute * (0.8 + 0.4 * draw()));
    for (let index = 0; index < attempts; index += 1) {
      const [processor, country, bin] = [one(PROCESSORS), one(COUNTRIES), one(BINS)];
      const recordedAtMs = minute * 60_000 + Math.floor((index * 60_000) / attempts);
      const faulty = house.fault?.({ minute, processor, country, bin, draw }) ?? null;
      const told = faulty ?? usual(draw());
      serial += 1;
      const result: AttemptRow['result'] = {
        processorId: asProcessorId(processor),
        transactionId: asTransactionId(`${house.name} ${serial}`),
        result: 'approved',
        fault: 'none',
        segment: segmentKey('CARD', country),
        declineCode: null,
        amountMinor: Math.round(5_000 * (0.5 + draw())),
        currency: 'BRL',
        eventTimeMs: recordedAtMs - 200,
        hasOwnEventTime: true,
        latencyMs: 300 * (0.5 + draw()),
        feeMinor: null,
        attempt: 1,
        decision: null,
        details: { bin, credentialHash: `h${serial}` },
        ...told,
      };
      yield { recordedAtMs, epoch: 1, result };
    }
  }
}

function usual(drawn: number): Partial<CanonicalResult> {
  if (drawn < USUALLY_FAILED) return { result: 'error', fault: 'processor', declineCode: 'http_502' };
  if (drawn < USUALLY_FAILED + USUALLY_DECLINED)
    return { result: 'declined', fault: 'issuer', declineCode: 'insufficient_funds' };
  return {};
}
