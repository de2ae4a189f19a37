// How a field of the configuration is judged: a list of conditions, each with the path and the sentence of its refusal.
import { isKnownCurrency } from '../results/currencies.ts';
import type { Issue } from './configuration-change.ts';

/** The condition that must hold, the field it is about, and what is said when it does not. */
export type FieldCheck = readonly [holds: boolean, field: string, message: string];

export function issuesOf(checks: readonly FieldCheck[]): Issue[] {
  return checks.filter(([holds]) => !holds).map(([, field, message]) => ({ field, message }));
}

/** False for NaN. */
export const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max;

export interface CodeKind {
  readonly accepts: (code: string) => boolean;
  readonly message: string;
}

const matching =
  (pattern: RegExp) =>
  (code: string): boolean =>
    pattern.test(code);

export const CODES = {
  id: {
    accepts: matching(/^[a-z0-9_-]{1,64}$/),
    message: 'must be 1-64 characters of a-z, 0-9, _ and -',
  },
  paymentMethod: {
    accepts: matching(/^[A-Z0-9_]{1,32}$/),
    message: 'must be 1-32 characters of A-Z, 0-9 and _',
  },
  country: {
    accepts: matching(/^[A-Z]{2}$/),
    message: 'must be an ISO 3166-1 alpha-2 code in upper case',
  },
  currency: {
    accepts: isKnownCurrency,
    message: 'must be an ISO 4217 code in upper case',
  },
  credentialKind: {
    accepts: matching(/^[a-z0-9_]{1,32}$/),
    message: 'must be 1-32 characters of a-z, 0-9 and _',
  },
  stickyKey: {
    accepts: matching(/^(customer_ref|payment_id|metadata\.[A-Za-z0-9_.-]{1,64})$/),
    message: 'must be customer_ref, payment_id or metadata.<name>',
  },
} as const satisfies Record<string, CodeKind>;

export const checkCode = (code: string, kind: CodeKind, field: string): FieldCheck => [
  kind.accepts(code),
  field,
  kind.message,
];

export interface ListBounds {
  readonly min: number;
  readonly max: number;
}

/** Each entry of the right kind, none twice, as many as the bounds say. */
export function checkCodes(codes: readonly string[], kind: CodeKind, bounds: ListBounds, field: string): FieldCheck[] {
  const count: FieldCheck = [
    isWithin(codes.length, bounds.min, bounds.max),
    field,
    `must have ${bounds.min}-${bounds.max} entries`,
  ];
  // A list far out of bounds is not gone through: the answer to it stays small.
  if (codes.length > bounds.max) return [count];
  return [
    count,
    ...codes.flatMap((code, index): FieldCheck[] => [
      checkCode(code, kind, `${field}[${index}]`),
      [codes.indexOf(code) === index, `${field}[${index}]`, 'is named twice'],
    ]),
  ];
}

export const checkName = (name: string, field: string): FieldCheck => [
  name.trim() !== '' && name.length <= 200,
  field,
  'must be 1-200 characters',
];
