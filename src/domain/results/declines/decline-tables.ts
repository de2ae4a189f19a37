// All records in one table, and the one of them that holds for a code: who speaks it, where, and when. What follows from it: read-decline.ts.
import { ADVICE_RECORDS, type AdviceRecord } from './advice-records.ts';
import { ADYEN_RECORDS } from './adyen-records.ts';
import { ISO_20022_RECORDS, OXXO_RECORDS, PIX_RECORDS, PSE_RECORDS } from './bank-transfer-records.ts';
import { MASTERCARD_RECORDS, VISA_RECORDS } from './card-network-records.ts';
import { ISO_8583_RECORDS } from './iso-8583-records.ts';
import { MERCADO_PAGO_RECORDS, PAYU_RECORDS } from './latin-america-records.ts';
import { MPESA_RECORDS, MTN_MOMO_RECORDS } from './mobile-money-records.ts';
import { HYPERSWITCH_RECORDS, SIGNALBOX_RECORDS } from './orchestrator-records.ts';
import { networkNamed } from '../card-networks.ts';
import { STRIPE_RECORDS } from './stripe-records.ts';
import {
  ANY_OTHER_CODE,
  DECLINE_FAMILIES,
  normalCode,
  type DeclineFamily,
  type DeclineRecord,
} from './decline-record.ts';

export const DECLINE_RECORDS: readonly DeclineRecord[] = [
  ...VISA_RECORDS,
  ...MASTERCARD_RECORDS,
  ...ISO_8583_RECORDS,
  ...STRIPE_RECORDS,
  ...ADYEN_RECORDS,
  ...MERCADO_PAGO_RECORDS,
  ...PAYU_RECORDS,
  ...HYPERSWITCH_RECORDS,
  ...PIX_RECORDS,
  ...PSE_RECORDS,
  ...OXXO_RECORDS,
  ...MPESA_RECORDS,
  ...MTN_MOMO_RECORDS,
  ...ISO_20022_RECORDS,
  ...SIGNALBOX_RECORDS,
];

/** Whose words a code is in, as far as that is told, and where and when they were said. */
export interface Speaker {
  /** The processor family whose own code it is; `null`: not told, or it is the network's. */
  readonly family: string | null;
  /** Card network or rail. */
  readonly network: string | null;
  /** The network's region of the payment, e.g. `CEMEA`; `null`: not told. */
  readonly region: string | null;
  readonly at: number;
}

/** Where no family speaks. No family has this name. */
const EVERYWHERE = '*';
const RESPONSE_CODE = /^[0-9a-z]{2}$/;
/** A vendor's longest code, and as much again of spaces around it; what is longer is nobody's code, and costs nothing. */
const CODE_LENGTH_MAX = 2 * Math.max(...DECLINE_RECORDS.map(({ code }) => code.length));

const startOf = ({ holdsFrom }: DeclineRecord): number =>
  holdsFrom === null ? Number.NEGATIVE_INFINITY : Date.parse(`${holdsFrom}T00:00:00Z`);

/** Of a region before those of all, the newest first. */
function byKey(records: readonly DeclineRecord[]): ReadonlyMap<string, readonly DeclineRecord[]> {
  const table = new Map<string, DeclineRecord[]>();
  for (const record of records)
    for (const scope of record.everywhere ? [record.family, EVERYWHERE] : [record.family]) {
      const key = `${scope}:${record.code}`;
      table.set(key, [...(table.get(key) ?? []), record]);
    }
  for (const held of table.values())
    held.sort(
      (left, right) =>
        Number(left.region === null) - Number(right.region === null) || Math.sign(startOf(right) - startOf(left)) || 0,
    );
  return table;
}

const declines = byKey(DECLINE_RECORDS);
const advices: ReadonlyMap<string, AdviceRecord> = new Map(
  ADVICE_RECORDS.flatMap((record) =>
    (record.everywhere ? [record.family, EVERYWHERE] : [record.family]).map((scope) => [
      `${scope}:${record.code}`,
      record,
    ]),
  ),
);

export function familyOf(name: string | null): DeclineFamily | null {
  if (name === null || name.length > CODE_LENGTH_MAX) return null;
  const normal = normalCode(name);
  return Object.hasOwn(DECLINE_FAMILIES, normal) ? (normal as DeclineFamily) : null;
}

/** Of a card network or rail, however its name is written. */
const familyOfNetwork = (name: string | null): DeclineFamily | null => familyOf(networkNamed(name));

export const isInForce = (record: DeclineRecord, at: number): boolean => !(at < startOf(record));

/** The family's own word goes before the network's, and that before everyone's. `null`: nobody has listed it. */
export function declineRecordOf(code: string | null, speaker: Speaker): DeclineRecord | null {
  if (code === null || code.length > CODE_LENGTH_MAX) return null;
  const normal = normalCode(code);
  // The place that a record keeps for all others is no code.
  if (normal === ANY_OTHER_CODE) return null;
  const region = speaker.region === null ? null : normalCode(speaker.region);
  for (const family of [familyOf(speaker.family), familyOfNetwork(speaker.network)]) {
    if (family === null) continue;
    const own = inForce(`${family}:${normal}`, region, speaker.at);
    if (own !== null) return own;
    if (DECLINE_FAMILIES[family].ownNumbers && /^\d+$/.test(normal)) return null;
  }
  return inForce(`${EVERYWHERE}:${normal}`, region, speaker.at);
}

function inForce(key: string, region: string | null, at: number): DeclineRecord | null {
  const held = declines.get(key);
  return held?.find((record) => (record.region === null || record.region === region) && isInForce(record, at)) ?? null;
}

/** Visa's category 4 is every response code that it does not list. */
export function anyOtherRecordOf(code: string | null, { family, network }: Speaker): DeclineRecord | null {
  const [own, spoken] = [familyOfNetwork(network), familyOf(family)];
  if (own === null || code === null || code.length > CODE_LENGTH_MAX || !RESPONSE_CODE.test(normalCode(code)))
    return null;
  if (spoken !== null && DECLINE_FAMILIES[spoken].ownNumbers) return null;
  return declines.get(`${own}:${ANY_OTHER_CODE}`)?.[0] ?? null;
}

/** A card whose network nobody told is held to what either network's code says. */
export function adviceRecordOf(code: string | null, { family, network }: Speaker): AdviceRecord | null {
  if (code === null || code.length > CODE_LENGTH_MAX) return null;
  const normal = normalCode(code);
  const ofNobody = isCardOfAnyNetwork({ family, network }) ? CARD_NETWORKS : [];
  for (const scope of [familyOfNetwork(network), familyOf(family), EVERYWHERE, ...ofNobody]) {
    const record = scope === null ? undefined : advices.get(`${scope}:${normal}`);
    if (record !== undefined) return record;
  }
  return null;
}

/** The networks that send advice codes; a card of unknown network is held to both. */
const CARD_NETWORKS = ['mastercard', 'visa'] as const;

const isCardOfAnyNetwork = (speaker: Pick<Speaker, 'family' | 'network'>): boolean =>
  networkNamed(speaker.network) === null && !isOnRail(speaker);

/** A network on which the customer pays by own action. */
export const isOnRail = ({ family, network }: Pick<Speaker, 'family' | 'network'>): boolean =>
  [familyOfNetwork(network), familyOf(family)].some((name) => name !== null && DECLINE_FAMILIES[name].kind === 'rail');
