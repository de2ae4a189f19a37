// The night demo's customers and processors: minute n of a seed always brings the same payments, and each meets the same luck whoever processes it.
import { attempt, type Result } from '../simulated-processors.ts';
import { chance, normalChance, type Payment, paymentOf } from '../payments.ts';
import { type KnownFault, activeFault, DAY_MINUTES } from './truth.ts';

export interface NightPayment extends Payment {
  /** In milliseconds since its minute began. */
  readonly afterMs: number;
  readonly bin: string | null;
  /** Somebody tries out a card with it. */
  readonly isCardTest: boolean;
}

export interface NightAttempt {
  readonly result: Exclude<Result, 'timeout'>;
  readonly declineCode: string | null;
  readonly latencyMs: number;
  /** By a fault and not by its luck. */
  readonly isHit: boolean;
}

/** At ten in the morning. */
const PER_MINUTE = 26;
/** Where card tests begin among the numbers of a minute. */
const TESTS_FROM = 500;
const NUMBERS_PER_MINUTE = 1_000;
const TESTS_PER_MINUTE = 25;
const TESTED_BIN = '411111';
export const BINS: Readonly<Record<string, readonly string[]>> = {
  BR: ['411111', '422222', '433333', '444444'],
  MX: ['511111', '522222', '533333'],
  CO: ['455555', '466666'],
};
const OUTAGE_SHARE = 0.9;
const BROWN_OUT_SHARE = 0.33;
const ISSUER_SHARE = 0.9;
const SLOWER_AT_THE_END = 8;
/** Apart from those of the other demo. */
const SALT = { count: 31, moment: 33, bin: 34, hit: 35, code: 36 } as const;

/** Hardly anybody at night, most in the late afternoon; 1 at ten in the morning and in the evening. */
export function busyness(minute: number): number {
  const wave = 0.65 * Math.sin((2 * Math.PI * ((minute % DAY_MINUTES) - 600)) / DAY_MINUTES);
  return wave > 0 ? 1 + 0.7 * wave : (1 + wave) ** 2.2;
}

/** `minute`: since the first of the played days began; quiet days are before it. */
export function paymentsIn(seed: number, minute: number): readonly NightPayment[] {
  const first = (minute + 1_000 * DAY_MINUTES) * NUMBERS_PER_MINUTE;
  const mean = PER_MINUTE * busyness(minute + 1_000 * DAY_MINUTES);
  const count = Math.max(0, Math.round(mean + Math.sqrt(mean) * normalChance(seed, first, SALT.count)));
  const payments = Array.from({ length: Math.min(count, TESTS_FROM) }, (_, index) => usual(seed, first + index));
  const tests = activeFault(minute)?.name === 'card testing' ? TESTS_PER_MINUTE : 0;
  for (let index = 0; index < tests; index += 1) payments.push(cardTest(seed, first + TESTS_FROM + index));
  return payments.sort((left, right) => left.afterMs - right.afterMs || left.number - right.number);
}

const momentOf = (seed: number, number: number): number => Math.floor(60_000 * chance(seed, number, SALT.moment));

function usual(seed: number, number: number): NightPayment {
  const payment = paymentOf(seed, number);
  const bins = payment.paymentMethod === 'CARD' ? (BINS[payment.country] ?? []) : [];
  const bin = bins[Math.floor(bins.length * chance(seed, number, SALT.bin))] ?? null;
  return { ...payment, afterMs: momentOf(seed, number), bin, isCardTest: false };
}

const cardTest = (seed: number, number: number): NightPayment => ({
  ...{ number, segment: 'CARD|BR', paymentMethod: 'CARD', country: 'BR', currency: 'BRL', amountMinor: 100 },
  ...{ afterMs: momentOf(seed, number), bin: TESTED_BIN, isCardTest: true },
});

export function nightAttempt(seed: number, payment: NightPayment, processor: string, minute: number): NightAttempt {
  const { result, latencyMs } = attempt(seed, payment, processor, false);
  const fault = activeFault(minute);
  const slower = fault?.name === 'latency ramp' && processor === 'processor_e' ? slowness(fault, minute) : 1;
  const its = { latencyMs: Math.round(Math.min(latencyMs, 3_000) * slower), isHit: slower > 1 };
  if (payment.isCardTest) return { ...its, result: 'declined', declineCode: 'incorrect_number', isHit: false };
  const hit = fault === null ? null : hitBy(fault, payment, processor);
  if (hit !== null && chance(seed, payment.number, SALT.hit) < hit.share) return { ...its, ...hit.told, isHit: true };
  if (result === 'approved') return { ...its, result, declineCode: null };
  if (result !== 'declined') return { ...its, result: 'error', declineCode: 'http_502' };
  const code = chance(seed, payment.number, SALT.code) < 0.6 ? 'insufficient_funds' : 'do_not_honor';
  return { ...its, result, declineCode: code };
}

interface Hit {
  readonly share: number;
  readonly told: Pick<NightAttempt, 'result' | 'declineCode'>;
}

const FAILED = { result: 'error', declineCode: 'http_503' } as const;

function hitBy({ name, culprit }: KnownFault, payment: NightPayment, processor: string): Hit | null {
  const { paymentMethod, country, bin } = payment;
  const its = { processor, method: paymentMethod, country, bin: bin ?? 'unknown' };
  const isIts = Object.entries(culprit).every(([attribute, value]) => its[attribute as keyof typeof its] === value);
  if (!isIts) return null;
  if (name === 'outage') return { share: OUTAGE_SHARE, told: FAILED };
  if (name === 'brown-out') return { share: BROWN_OUT_SHARE, told: FAILED };
  if (name === 'issuer-wide drop')
    return { share: ISSUER_SHARE, told: { result: 'declined', declineCode: 'do_not_honor' } };
  return null;
}

function slowness({ fromMinute, untilMinute }: KnownFault, minute: number): number {
  return SLOWER_AT_THE_END ** ((minute - fromMinute) / (untilMinute - fromMinute));
}

/** Whether the payment would have been approved but for the fault of its minute. */
export function isLost(seed: number, payment: NightPayment, processor: string, minute: number): boolean {
  const { result, isHit } = nightAttempt(seed, payment, processor, minute);
  return isHit && result !== 'approved' && attempt(seed, payment, processor, false).result === 'approved';
}
