// An error that its own words call unanswered is a timeout by another name: for the breaker at once, for the money until somebody knows. Rules: SPEC.md [RTY-32].
import { DUPLICATE_RECORDS } from './declines/duplicate-records.ts';
import { networkRegion } from './declines/network-regions.ts';
import { readDecline } from './declines/read-decline.ts';
import type { SpokenBy } from './fault.ts';

export interface SaidCodes {
  readonly declineCode: string | null;
  readonly network: string | null;
  readonly spokenBy: SpokenBy;
  /** The edition of the codes' meanings is that of this moment. */
  readonly atMs: number;
}

/** As its caller tells it, and as it counts. A duplicate is no answer either, but it is the other attempt that nobody knows of. */
export function asItCounts<Result extends string>(result: Result, said: SaidCodes): Result | 'timeout' {
  if (result !== 'error') return result;
  const { declineCode: code, network, spokenBy, atMs: at } = said;
  const { family, networkCode, issuerCountry = null } = spokenBy;
  const speaker = { family, network, region: networkRegion(network, issuerCountry), at };
  const read = readDecline({ ...speaker, result: 'error', code, networkCode, adviceCode: null });
  return read?.class === 'unknown' && !DUPLICATE_RECORDS.has(read.ruleId) ? 'timeout' : result;
}
