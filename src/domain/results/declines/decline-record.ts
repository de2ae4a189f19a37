// What one code of one network or processor family means: its class, who is to blame, and where that is written. Holds no codes itself.
import type { Fault } from '../canonical-result.ts';

/**
 * Mildest first: where two records speak of one attempt, the stricter holds. `technical`: a system failed, another route or soon. `later`: not
 * now. `customer_action`: the customer must authenticate, approve, call the bank or begin anew. `fix_data`: only after data was corrected.
 * `never`: no further attempt with this credential for this charge. `unknown`: nobody can say what became of it, reconcile first.
 */
export const DECLINE_CLASSES = ['technical', 'later', 'customer_action', 'fix_data', 'never', 'unknown'] as const;
export type DeclineClass = (typeof DECLINE_CLASSES)[number];

export const DECLINE_FAULTS = ['processor', 'network', 'issuer', 'user', 'merchant_config'] as const satisfies Fault[];
export type DeclineFault = (typeof DECLINE_FAULTS)[number];

export type VisaCategory = 1 | 2 | 3 | 4;

export interface FamilyFacts {
  readonly name: string;
  /** `rail`: a network on which the customer pays by own action, so that nothing can be tried again without them. */
  readonly kind: 'card_network' | 'rail' | 'processor' | 'everywhere';
  /** A code of digits alone is a number of its own here, or none at all: Adyen's 14 is fraud, ISO 8583's a wrong card number. */
  readonly ownNumbers: boolean;
}

export const DECLINE_FAMILIES = {
  visa: { name: 'Visa', kind: 'card_network', ownNumbers: false },
  mastercard: { name: 'Mastercard', kind: 'card_network', ownNumbers: false },
  iso8583: { name: 'ISO 8583, field 39', kind: 'everywhere', ownNumbers: false },
  iso20022: { name: 'ISO 20022, external status reasons', kind: 'everywhere', ownNumbers: true },
  stripe: { name: 'Stripe', kind: 'processor', ownNumbers: false },
  adyen: { name: 'Adyen', kind: 'processor', ownNumbers: true },
  mercado_pago: { name: 'Mercado Pago', kind: 'processor', ownNumbers: false },
  payu: { name: 'PayU Latam', kind: 'processor', ownNumbers: false },
  hyperswitch: { name: 'Hyperswitch', kind: 'processor', ownNumbers: false },
  yuno: { name: 'Yuno', kind: 'processor', ownNumbers: false },
  pix: { name: 'PIX (SPI)', kind: 'rail', ownNumbers: true },
  pse: { name: 'PSE (ACH Colombia)', kind: 'rail', ownNumbers: true },
  oxxo: { name: 'OXXO', kind: 'rail', ownNumbers: true },
  mpesa: { name: 'M-Pesa (Daraja)', kind: 'rail', ownNumbers: true },
  mtn_momo: { name: 'MTN MoMo', kind: 'rail', ownNumbers: true },
  signalbox: { name: 'Signalbox', kind: 'everywhere', ownNumbers: false },
} as const satisfies Record<string, FamilyFacts>;
export type DeclineFamily = keyof typeof DECLINE_FAMILIES;

/** Stands in a record for every code of two characters that its family does not list. */
export const ANY_OTHER_CODE = '*';

interface Cited {
  /** Whose document says so, and under which heading. */
  readonly source: string;
  /** Date of that document's edition, or of reading it where it has none: `YYYY-MM-DD`, or `YYYY-MM` where no day is told. */
  readonly edition: string;
}

interface Meaning {
  readonly class: DeclineClass;
  readonly fault: DeclineFault;
  readonly waitMs: number | null;
  /** The ceiling of reattempts that Visa counts the code under, which `class` may be stricter than. */
  readonly visaCategory: VisaCategory | null;
  /** The source's own words, in short: without them nobody may be blamed in a way that reaches a breaker. */
  readonly says: string | null;
}

export interface DeclineRecord extends Cited, Meaning {
  /** `family:code`, with `@region` and `@date` where it holds for these only. */
  readonly id: string;
  readonly family: DeclineFamily;
  /** In the form `normalCode` gives it. */
  readonly code: string;
  /** Holds where neither family nor network is told, too: the code is nobody else's. */
  readonly everywhere: boolean;
  /** The network's own region, lower case; `null`: all of them. */
  readonly region: string | null;
  /** First day (UTC) on which it holds, `YYYY-MM-DD`; `null`: from the beginning. */
  readonly holdsFrom: string | null;
}

export interface Origin extends Cited {
  readonly family: DeclineFamily;
  readonly everywhere: boolean;
}

interface Narrower extends Partial<Pick<Meaning, 'waitMs' | 'visaCategory' | 'says'>> {
  readonly regions?: readonly string[];
  readonly holdsFrom?: string;
  readonly edition?: string;
}

export type RowMeaning = readonly [declineClass: DeclineClass, fault: DeclineFault, narrower?: Narrower];
/** Codes that share a meaning, with spaces between them. */
export type Row = readonly [codes: string, ...RowMeaning];

export function recordsOf(origin: Origin, rows: readonly Row[]): DeclineRecord[] {
  return rows.flatMap(([codes, declineClass, fault, narrower = {}]) =>
    codes.split(' ').flatMap((code) =>
      (narrower.regions ?? [null]).map((region) => ({
        ...origin,
        id: [`${origin.family}:${code}`, region ?? [], narrower.holdsFrom ?? []].flat().join('@'),
        code: normalCode(code),
        class: declineClass,
        fault,
        waitMs: narrower.waitMs ?? null,
        visaCategory: narrower.visaCategory ?? null,
        says: narrower.says ?? null,
        region,
        holdsFrom: narrower.holdsFrom ?? null,
        edition: narrower.edition ?? origin.edition,
      })),
    ),
  );
}

/** Lower case, with spaces and dashes as underscores: `Issuer Unavailable` is `issuer_unavailable`. */
export function normalCode(code: string): string {
  return code
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}
