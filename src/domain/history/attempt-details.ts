// What history keeps of an attempt beside its result: nothing here is counted, compared or learned from where results are recorded.
import type { CanonicalResult } from '../results/canonical-result.ts';
import type { DeclineClass } from '../results/declines/decline-record.ts';
import { networkRegion } from '../results/declines/network-regions.ts';
import { readDecline } from '../results/declines/read-decline.ts';

/** Only what was told: a result of which nothing more is known costs its journal nothing. Plain JSON. */
export interface AttemptDetails {
  readonly paymentId?: string;
  /** The first 6 to 8 digits of the card. */
  readonly bin?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly issuerCountry?: string;
  readonly initiator?: Initiator;
  readonly threeDs?: boolean;
  /** Card network or rail, lower case. */
  readonly network?: string;
  /** Keyed hashes of the credential's fingerprint and of the customer. */
  readonly credentialHash?: string;
  readonly customerHash?: string;
  /** What a failure means for its payment, by the tables of the day on which it was recorded. */
  readonly declineClass?: DeclineClass;
}

export type Initiator = 'customer' | 'merchant';

/** A result as its journal and history keep it. One from before has no details. */
export interface DetailedResult extends CanonicalResult {
  readonly details?: AttemptDetails;
}

/** `null`: not told. */
export interface ToldDetails {
  readonly paymentId: string | null;
  readonly bin: string | null;
  readonly issuerCountry: string | null;
  readonly initiator: Initiator | null;
  readonly threeDs: boolean | null;
  readonly network: string | null;
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  /** In whose words the codes are. */
  readonly family: string | null;
}

export interface DetailHashes {
  readonly credentialHash: string | null;
  readonly customerHash: string | null;
}

export function withDetails(result: CanonicalResult, told: ToldDetails, hashes: DetailHashes): DetailedResult {
  const { paymentId, bin, issuerCountry, initiator, threeDs } = told;
  const network = told.network?.toLowerCase() ?? null;
  const declineClass = declineClassOf(result, told);
  const all = { paymentId, bin, issuerCountry, initiator, threeDs, network, ...hashes, declineClass };
  const known: Record<string, unknown> = {};
  let isAny = false;
  for (const name in all) {
    const value = all[name as keyof typeof all];
    if (value === null) continue;
    known[name] = value;
    isAny = true;
  }
  return isAny ? { ...result, details: known as AttemptDetails } : result;
}

function declineClassOf(
  { result, declineCode, eventTimeMs }: CanonicalResult,
  { network, networkDeclineCode, adviceCode, family, issuerCountry }: ToldDetails,
): DeclineClass | null {
  const region = networkRegion(network, issuerCountry);
  const speaker = { network, family, region, at: eventTimeMs };
  const codes = { code: declineCode, networkCode: networkDeclineCode, adviceCode };
  return readDecline({ result, ...codes, ...speaker })?.class ?? null;
}
