// What the card networks allow at most: ceilings with their editions, and what Mastercard's merchant advice codes ask for.
// They hold across processors. How many attempts stand against them is the ledger's; our own schedule may only be stricter.
import { networkNamed } from '../results/card-networks.ts';
import { ADVICE_RECORDS, type AdviceRecord } from '../results/declines/advice-records.ts';
import type { CeilingId } from './ceiling-ids.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** One wording of a rule, as it held from a day on. */
export interface Edition {
  readonly edition: string;
  readonly fromMs: number;
  /** The most that the network allows in a window without calling it excessive. */
  readonly hardMax: number;
  /** What we keep to unless the merchant says otherwise: safe with acquirers that still go by an older or a local wording. */
  readonly defaultMax: number;
  readonly source: string;
}

export interface NetworkCeiling {
  readonly id: CeilingId;
  /** `reattempts`: attempts that follow a decline, whatever becomes of them. `declines`: attempts that were declined, the first one too. */
  readonly counts: 'reattempts' | 'declines';
  readonly sameAmount: boolean;
  readonly windowMs: number;
  /** Oldest first, at least one. */
  readonly editions: readonly [Edition, ...Edition[]];
}

const VISA_CORE_RULES =
  'Visa Core Rules, edition 2026-04-18, ID# 0030640, section 7.3.6.3, Table 7-2; TabaPay docs, Excessive Retry Rules (read 2026-11): blocks above 20';
const VISA_2021 =
  'Payvision, Visa fees for declined transaction reattempts, 2021-03-29; Payway, Visa Excessive Reattempts Rule (both read 2026-11)';
const MASTERCARD_ATTEMPTS =
  'Dintero docs, tokenization error handling; TabaPay docs, Excessive Retry Rules (read 2026-11); Brazil: Cielo and Payzu docs, retry program, fee from the 8th attempt since 2023-02-01 (read 2026-11)';
const OURS = 'Signalbox: networks whose rules we do not have are held to the older Visa figure';

const CEILINGS: Readonly<Record<CeilingId, NetworkCeiling>> = {
  visa_reattempts_30d: {
    id: 'visa_reattempts_30d',
    counts: 'reattempts',
    sameAmount: false,
    windowMs: 30 * DAY_MS,
    editions: [
      { edition: '2021-04-17', fromMs: Date.UTC(2021, 3, 17), hardMax: 15, defaultMax: 15, source: VISA_2021 },
      { edition: '2026-04-18', fromMs: Date.UTC(2026, 3, 18), hardMax: 20, defaultMax: 15, source: VISA_CORE_RULES },
    ],
  },
  // Both of Mastercard's say "fewer than": the tenth decline of a day and the 35th of the same amount are already too many.
  mastercard_declines_24h: {
    id: 'mastercard_declines_24h',
    counts: 'declines',
    sameAmount: false,
    windowMs: DAY_MS,
    editions: [
      { edition: '2023-02-01', fromMs: Date.UTC(2023, 1, 1), hardMax: 9, defaultMax: 7, source: MASTERCARD_ATTEMPTS },
    ],
  },
  mastercard_same_amount_30d: {
    id: 'mastercard_same_amount_30d',
    counts: 'declines',
    sameAmount: true,
    windowMs: 30 * DAY_MS,
    editions: [
      { edition: '2024-04-01', fromMs: Date.UTC(2024, 3, 1), hardMax: 34, defaultMax: 34, source: MASTERCARD_ATTEMPTS },
    ],
  },
  other_reattempts_30d: {
    id: 'other_reattempts_30d',
    counts: 'reattempts',
    sameAmount: false,
    windowMs: 30 * DAY_MS,
    editions: [{ edition: '2026-11-21', fromMs: Date.UTC(2026, 10, 21), hardMax: 15, defaultMax: 15, source: OURS }],
  },
};

export const ceilingOf = (id: CeilingId): NetworkCeiling => CEILINGS[id];

/** Of a card network, however it is written. A card of unknown network is held to Visa's and Mastercard's rules at once. */
export function ceilingsOf(name: string | null): readonly NetworkCeiling[] {
  const network = networkNamed(name);
  const visa = [CEILINGS.visa_reattempts_30d];
  const mastercard = [CEILINGS.mastercard_declines_24h, CEILINGS.mastercard_same_amount_30d];
  if (network === null) return [...visa, ...mastercard];
  if (network === 'visa') return visa;
  return network === 'mastercard' ? mastercard : [CEILINGS.other_reattempts_30d];
}

/** The newest wording in force; before the first, the first. */
export function editionAt(ceiling: NetworkCeiling, now: number): Edition {
  return ceiling.editions.findLast(({ fromMs }) => fromMs <= now) ?? ceiling.editions[0];
}

/** What an advice code asks for. `tells`: it describes the card and gives no leave to try again; it comes with approvals too. */
export type AdviceMeaning =
  | { readonly asks: 'never' }
  | { readonly asks: 'wait'; readonly waitMs: number }
  | { readonly asks: 'new_data' }
  | { readonly asks: 'tells'; readonly of: 'prepaid' | 'single_use' | 'multi_use' };

const TELLS = {
  prepaid_not_reloadable: 'prepaid',
  virtual_single_use: 'single_use',
  virtual_multi_use: 'multi_use',
} as const;

/** From the records that declines are read by: what a code means stands there alone, with its source and edition. */
const ADVICE: ReadonlyMap<string, AdviceMeaning> = new Map(
  ADVICE_RECORDS.flatMap((record) => {
    const meaning = record.family === 'mastercard' ? meaningOf(record) : null;
    return meaning === null ? [] : [[record.code, meaning]];
  }),
);

function meaningOf({ class: adviceClass, waitMs, cardKind }: AdviceRecord): AdviceMeaning | null {
  if (adviceClass === 'never') return { asks: 'never' };
  if (adviceClass === 'fix_data') return { asks: 'new_data' };
  if (adviceClass === 'later' && waitMs !== null) return { asks: 'wait', waitMs };
  return cardKind === null ? null : { asks: 'tells', of: TELLS[cardKind] };
}

/** Of a Mastercard merchant advice code, two digits; `null`: none, or one that says nothing about trying again. */
export function adviceOf(macCode: string | null): AdviceMeaning | null {
  return macCode === null ? null : (ADVICE.get(macCode) ?? null);
}
