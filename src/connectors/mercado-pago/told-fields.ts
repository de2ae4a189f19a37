// What payments and orders of Mercado Pago have in common: words for methods and networks, and the one country and money of an account.
import type { SegmentMapping } from '../../ports/webhook-adapter.ts';
import { methodOf } from '../told-event.ts';

const METHODS: Readonly<Record<string, string>> = {
  credit_card: 'CARD',
  debit_card: 'CARD',
  prepaid_card: 'CARD',
  account_money: 'WALLET',
  digital_wallet: 'WALLET',
  ticket: 'CASH',
  atm: 'CASH',
  pix: 'PIX',
  oxxo: 'OXXO',
  pse: 'PSE',
  bolbradesco: 'BOLETO',
};
const CARD_TYPES: ReadonlySet<string> = new Set(['credit_card', 'debit_card', 'prepaid_card']);
/** Mercado Pago's own words for networks, debit in Mexico among them. */
const NETWORKS: ReadonlyMap<string, string> = new Map([
  ['master', 'mastercard'],
  ['debmaster', 'mastercard'],
  ['debvisa', 'visa'],
]);

interface Market {
  readonly country: string;
  /** ISO 3166-1 alpha-3, as orders at a terminal tell it. */
  readonly alpha3: string;
  readonly currency: string;
}

/** An account takes the money of its one country. */
const MARKETS: readonly Market[] = [
  { country: 'AR', alpha3: 'ARG', currency: 'ARS' },
  { country: 'BR', alpha3: 'BRA', currency: 'BRL' },
  { country: 'CL', alpha3: 'CHL', currency: 'CLP' },
  { country: 'CO', alpha3: 'COL', currency: 'COP' },
  { country: 'MX', alpha3: 'MEX', currency: 'MXN' },
  { country: 'PE', alpha3: 'PER', currency: 'PEN' },
  { country: 'UY', alpha3: 'URY', currency: 'UYU' },
];

/** By its currency, or its country in two letters or three. */
export function marketOf(word: string | null): Market | null {
  const upper = word?.toUpperCase();
  return MARKETS.find((market) => Object.values(market).includes(upper)) ?? null;
}

export interface PaidWith {
  /** `master`, `pix`, `oxxo`. */
  readonly method: string | null;
  /** `credit_card`, `ticket`. */
  readonly type: string | null;
}

/** The method where somebody has a name for it (`pix`, `oxxo`), else its type (`ticket`). */
export function paymentMethodOf({ method, type }: PaidWith, segments: SegmentMapping): string | null {
  const isNamed = method !== null && [segments.paymentMethods, METHODS].some((table) => Object.hasOwn(table, method));
  return methodOf(isNamed ? method : (type ?? method), segments, METHODS);
}

export function networkOf({ method, type }: PaidWith): string | null {
  const network = method?.toLowerCase() ?? null;
  if (network === null || type === null || !CARD_TYPES.has(type)) return null;
  return NETWORKS.get(network) ?? network;
}
