// Who is to blame for a result, in the one word that windows, breakers and learners go by. What it rests on: declines/.
import type { Fault, ResultKind } from './canonical-result.ts';
import { ANY_OTHER_CODE, DECLINE_FAMILIES, type DeclineFault } from './declines/decline-record.ts';
import { DECLINE_RECORDS } from './declines/decline-tables.ts';
import { faultIn } from './declines/read-decline.ts';

export { normalCode } from './declines/decline-record.ts';

export interface FaultRecord {
  /** In the form `normalCode` gives them. */
  readonly codes: readonly string[];
  /** Networks for which it holds, lower case; `null`: any. The same two characters mean different things per network. */
  readonly networks: readonly string[] | null;
  readonly fault: DeclineFault;
  readonly source: string;
}

/** What can be said of a code without knowing the processor's family, the region or the day: one entry for each network and code. */
export const FAULT_RECORDS: readonly FaultRecord[] = [
  ...new Map(
    DECLINE_RECORDS.filter(({ code, region, everywhere, family }) => {
      const { kind } = DECLINE_FAMILIES[family];
      return code !== ANY_OTHER_CODE && region === null && (everywhere || kind === 'card_network' || kind === 'rail');
    }).map(({ code, family, everywhere, fault, source }): [string, FaultRecord] => {
      const networks = everywhere ? null : [family];
      return [`${networks?.[0] ?? '*'}:${code}`, { codes: [code], networks, fault, source }];
    }),
  ).values(),
];

export interface SpokenBy {
  /** Processor family in whose words the code is, e.g. `adyen`. */
  readonly family: string | null;
  /** The network's response code beside it. */
  readonly networkCode: string | null;
}

const NOBODY: SpokenBy = { family: null, networkCode: null };

/** `network` is the card network or rail where it is known, e.g. `visa`; its own record goes before the general one. */
export function faultOf(
  result: ResultKind,
  declineCode: string | null,
  network: string | null,
  { family, networkCode }: SpokenBy = NOBODY,
): Fault {
  // No edition has changed who is to blame (DCL-5), so a fault has no date.
  return faultIn({
    result,
    code: declineCode,
    networkCode,
    network,
    family,
    region: null,
    at: Number.POSITIVE_INFINITY,
  });
}
