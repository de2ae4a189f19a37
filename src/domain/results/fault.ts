// Who is to blame for a result, in the one word that windows, breakers and learners go by. What it rests on: declines/.
import type { Fault, ResultKind } from './canonical-result.ts';
import { faultIn } from './declines/read-decline.ts';
import { networkRegion } from './declines/network-regions.ts';

export { normalCode } from './declines/decline-record.ts';

export interface SpokenBy {
  /** Processor family in whose words the code is, e.g. `adyen`. */
  readonly family: string | null;
  /** The network's response code beside it. */
  readonly networkCode: string | null;
  /** Of the card's issuer: some codes mean something else in one region of the network. */
  readonly issuerCountry?: string | null;
}

const NOBODY: SpokenBy = { family: null, networkCode: null };

/** `network` is the card network or rail where it is known, e.g. `visa`; its own record goes before the general one. */
export function faultOf(
  result: ResultKind,
  declineCode: string | null,
  network: string | null,
  { family, networkCode, issuerCountry = null }: SpokenBy = NOBODY,
): Fault {
  // No edition has changed who is to blame (DCL-5), so a fault has no date.
  return faultIn({
    result,
    code: declineCode,
    networkCode,
    network,
    family,
    region: networkRegion(network, issuerCountry),
    at: Number.POSITIVE_INFINITY,
  });
}
