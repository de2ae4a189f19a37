// A merchant who tries again as soon and as often as he is allowed, on many cards for a long time, and what the networks would have seen of it.
import { adviceOf } from '../../../src/domain/retries/network-rules.ts';
import { A, attemptOf, B, BUDGETS, C, DAY, HOUR, NOW, questionOf, readingOf } from './sample-question.ts';
import { attemptId, type DeclineReading, type LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import {
  EMPTY_LEDGER,
  noteAttempt,
  settleReservation,
  type CredentialLedger,
} from '../../../src/domain/retries/credential-ledger.ts';
import { reserveNext } from '../../../src/domain/retries/reserve-next.ts';
import { seeded } from '../../harness/seeded.ts';
import type { RetryPolicy } from '../../../src/domain/retries/retry-policy.ts';

export interface Made {
  readonly attempt: LedgerAttempt;
  /** On our advice; else the first attempt of a payment, which nobody asks about. */
  readonly advised: boolean;
}

export interface CardLife {
  readonly network: 'visa' | 'mastercard';
  readonly made: readonly Made[];
  /** Questions that were answered with no retry. */
  readonly refusals: ReadonlyMap<string, number>;
}

export interface RetrierOptions {
  readonly cards: number;
  readonly days: number;
  readonly seed: number;
  readonly policy: RetryPolicy;
}

/** Payments a card has in its time, half of them under way together. */
const PAYMENTS = 4;
const ASKS_AGAIN_MS = 2 * DAY;
const MINUTE = 60_000;
const WAITING_CODES = ['24', '25', '26', '27', '28', '29', '30'];

export function eagerRetrier({ cards, days, seed, policy }: RetrierOptions): CardLife[] {
  const draw = seeded(seed);
  return Array.from({ length: cards }, (_, card) => lifeOf(card, days, policy, draw));
}

interface Open {
  readonly paymentId: string;
  readonly amountMinor: number;
  atMs: number;
  last: LedgerAttempt | null;
}

function lifeOf(card: number, days: number, policy: RetryPolicy, draw: () => number): CardLife {
  const network = networkOf(card);
  const made: Made[] = [];
  const refusals = new Map<string, number>();
  const endMs = NOW + days * DAY;
  let ledger: CredentialLedger = EMPTY_LEDGER;
  const open: Open[] = Array.from({ length: PAYMENTS }, (_, index) => ({
    paymentId: `pay_${card}_${index}`,
    amountMinor: index % 2 === 0 ? 5_000 : 7_500,
    atMs: NOW + Math.floor(index / 2) * (days / 2) * DAY + Math.floor(draw() * 5 * DAY),
    last: null,
  }));
  for (;;) {
    const next = open.reduce((one, other) => (other.atMs < one.atMs ? other : one));
    if (next.atMs >= endMs) return { network, made, refusals };
    const now = next.atMs;
    if (next.last === null) {
      next.last = tried(card, next, made.length, draw);
      made.push({ attempt: next.last, advised: false });
      ledger = noteAttempt(ledger, next.last, now);
      continue;
    }
    const question = questionOf(next.last, {
      eligibleProcessors: [A, B, C],
      remedied: { data: draw() < 0.5, customer: draw() < 0.5 },
    });
    const requestId = `req_${next.paymentId}`;
    const reserved = reserveNext({
      question,
      ledger,
      budgets: BUDGETS,
      policy,
      now,
      draw: draw(),
      requestId,
      nextTransactionId: null,
    });
    const { advice, reservation } = reserved;
    ledger = reserved.ledger;
    if (reservation === null) {
      refusals.set(advice.ruleId, (refusals.get(advice.ruleId) ?? 0) + 1);
      next.atMs = advice.ruleId === 'already_approved' ? endMs : now + ASKS_AGAIN_MS;
    } else if (reservation.notBeforeMs > now) {
      next.atMs = reservation.notBeforeMs;
    } else {
      next.last = tried(card, next, made.length, draw);
      made.push({ attempt: next.last, advised: true });
      ledger = settleReservation(ledger, reservation.id, next.last, now);
      next.atMs = now + Math.floor(draw() * MINUTE);
    }
  }
}

const networkOf = (card: number): CardLife['network'] => (card % 2 === 0 ? 'visa' : 'mastercard');

/** Issuers of different tempers: most cards only ever say later, some ask to wait, some forbid everything in the end. */
function tried(card: number, open: Open, serial: number, draw: () => number): LedgerAttempt {
  const network = networkOf(card);
  const isApproved = card % 5 !== 0 && draw() < 0.02;
  const processorId = [A, B, C][Math.floor(draw() * 3)]!;
  return attemptOf({
    id: attemptId(processorId, `txn_${card}_${String(serial).padStart(4, '0')}`),
    paymentId: open.paymentId,
    processorId,
    amountMinor: open.amountMinor,
    network,
    atMs: open.atMs,
    outcome: isApproved ? 'approved' : 'declined',
    reading: isApproved ? null : readingFrom(card, network, draw),
  });
}

function readingFrom(card: number, network: 'visa' | 'mastercard', draw: () => number): DeclineReading {
  const chance = draw();
  const isStern = card % 5 === 4 && chance < 0.05;
  if (chance > 0.97) return readingOf({ class: 'technical', fault: 'processor' });
  if (network === 'visa') return readingOf({ visaCategory: isStern ? 1 : chance < 0.5 ? 2 : chance < 0.6 ? 3 : 4 });
  if (isStern) return readingOf({ macCode: chance < 0.025 ? '03' : '21' });
  const asksToWait = card % 10 < 4 && chance < 0.3;
  return readingOf({ macCode: asksToWait ? WAITING_CODES[Math.floor(draw() * WAITING_CODES.length)]! : null });
}

export interface Seen {
  readonly most: Readonly<Record<'reattempts30d' | 'declines24h' | 'sameAmount30d', number>>;
  /** Attempts made after an issuer forbade any, and the cards where one did. */
  readonly afterNever: number;
  readonly forbidden: number;
  /** Of every code that waits: how often it came, and the earliest attempt behind it, in ms after the wait was over. */
  readonly waits: ReadonlyMap<string, { readonly count: number; readonly earliestMs: number }>;
  readonly advised: number;
}

/** By counting alone: every window that ends in an attempt made on our advice, from the attempts that were really made. */
export function seenByNetworks(lives: readonly CardLife[]): Seen {
  const most = { reattempts30d: 0, declines24h: 0, sameAmount30d: 0 };
  const waits = new Map<string, { count: number; earliestMs: number }>();
  let [afterNever, forbidden, advised] = [0, 0, 0];
  for (const { network, made } of lives) {
    const never = made.findIndex(
      ({ attempt: { reading } }) => reading?.visaCategory === 1 || adviceOf(reading?.macCode ?? null)?.asks === 'never',
    );
    if (never >= 0) forbidden += 1;
    made.forEach(({ attempt, advised: isAdvised }, index) => {
      const code = attempt.reading?.macCode ?? null;
      const advice = adviceOf(code);
      if (code !== null && advice?.asks === 'wait') {
        const before = waits.get(code) ?? { count: 0, earliestMs: Number.POSITIVE_INFINITY };
        const following = made.slice(index + 1).filter((each) => each.advised);
        const earliestMs = Math.min(
          before.earliestMs,
          ...following.map((each) => each.attempt.atMs - attempt.atMs - advice.waitMs),
        );
        waits.set(code, { count: before.count + 1, earliestMs });
      }
      if (!isAdvised) return;
      advised += 1;
      if (never >= 0 && index > never) afterNever += 1;
      const within = (windowMs: number) =>
        made.slice(0, index + 1).filter((each) => each.attempt.atMs >= attempt.atMs - windowMs);
      if (network === 'visa') {
        most.reattempts30d = Math.max(most.reattempts30d, within(30 * DAY).filter((each) => each.advised).length);
        return;
      }
      const declined = (each: Made) => each.attempt.outcome === 'declined' || each.attempt === attempt;
      most.declines24h = Math.max(most.declines24h, within(24 * HOUR).filter(declined).length);
      const sameAmount = within(30 * DAY).filter(
        (each) => declined(each) && each.attempt.amountMinor === attempt.amountMinor,
      );
      most.sameAmount30d = Math.max(most.sameAmount30d, sameAmount.length);
    });
  }
  return { most, afterNever, forbidden, waits, advised };
}
