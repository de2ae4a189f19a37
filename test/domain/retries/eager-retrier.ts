// A merchant who tries again as soon and as often as he is allowed, on many cards for a long time, and what the networks would have seen of it.
import { adviceOf } from '../../../src/domain/retries/network-rules.ts';
import { A, attemptOf, B, BUDGETS, C, DAY, HOUR, NOW, questionOf, readingOf } from './sample-question.ts';
import { attemptId, type DeclineReading, type LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import { EMPTY_LEDGER, noteAttempt, type CredentialLedger } from '../../../src/domain/retries/credential-ledger.ts';
import type { ProcessorId } from '../../../src/domain/identity.ts';
import { reserveNext } from '../../../src/domain/retries/reserve-next.ts';
import { seeded } from '../../harness/seeded.ts';
import { CEILING_IDS, type CeilingId } from '../../../src/domain/retries/ceiling-ids.ts';
import type { RetryPolicy } from '../../../src/domain/retries/retry-policy.ts';

export type Network = 'visa' | 'mastercard' | 'amex';

export interface Made {
  readonly attempt: LedgerAttempt;
  /** On our advice; else the first attempt of a payment, which nobody asks about. */
  readonly advised: boolean;
}

export interface CardLife {
  readonly network: Network;
  readonly made: readonly Made[];
  /** Questions that were answered with no retry. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Advice that had to wait for a ceiling or was refused by one. */
  readonly heldBy: ReadonlyMap<string, number>;
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
  const heldBy = new Map<string, number>();
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
    if (next.atMs >= endMs) return { network, made, refusals, heldBy };
    const now = next.atMs;
    if (next.last === null) {
      next.last = tried(card, next, { serial: made.length, processorId: pickOne(draw) }, draw);
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
      fingerprint: null,
    });
    const { advice, reservation } = reserved;
    ledger = reserved.ledger;
    if (isCeiling(advice.ruleId)) heldBy.set(advice.ruleId, (heldBy.get(advice.ruleId) ?? 0) + 1);
    if (reservation === null) {
      refusals.set(advice.ruleId, (refusals.get(advice.ruleId) ?? 0) + 1);
      next.atMs = advice.ruleId === 'already_approved' ? endMs : now + ASKS_AGAIN_MS;
    } else if (reservation.notBeforeMs > now) {
      next.atMs = reservation.notBeforeMs;
    } else {
      const { processorId } = reservation;
      next.last = tried(card, next, { serial: made.length, processorId }, draw);
      made.push({ attempt: next.last, advised: true });
      ledger = noteAttempt(ledger, next.last, now);
      next.atMs = now + Math.floor(draw() * MINUTE);
    }
  }
}

const pickOne = (draw: () => number): ProcessorId => [A, B, C][Math.floor(draw() * 3)]!;

const isCeiling = (ruleId: string): boolean => (CEILING_IDS as readonly string[]).includes(ruleId);

const NETWORKS: readonly Network[] = ['visa', 'mastercard', 'amex'];
const networkOf = (card: number): Network => NETWORKS[card % NETWORKS.length]!;

/** Issuers of different tempers: most cards only ever say later, some ask to wait, some forbid everything in the end. */
function tried(
  card: number,
  open: Open,
  { serial, processorId }: { readonly serial: number; readonly processorId: ProcessorId },
  draw: () => number,
): LedgerAttempt {
  const network = networkOf(card);
  const isApproved = card % 5 !== 0 && draw() < 0.02;
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

function readingFrom(card: number, network: Network, draw: () => number): DeclineReading {
  const chance = draw();
  const isStern = card % 5 === 4 && chance < 0.05;
  if (chance > 0.97) return readingOf({ class: 'technical', fault: 'processor' });
  if (network === 'visa') return readingOf({ visaCategory: isStern ? 1 : chance < 0.5 ? 2 : chance < 0.6 ? 3 : 4 });
  if (network === 'amex') return readingOf({ processorAdvice: chance < 0.5 ? 'try_again_later' : null });
  if (isStern) return readingOf({ macCode: chance < 0.025 ? '03' : '21' });
  const asksToWait = card % 10 < 4 && chance < 0.3;
  return readingOf({ macCode: asksToWait ? WAITING_CODES[Math.floor(draw() * WAITING_CODES.length)]! : null });
}

export interface Seen {
  readonly most: Readonly<Record<CeilingId, number>>;
  /** Attempts made after an issuer forbade any, and the cards where one did. */
  readonly afterNever: number;
  readonly forbidden: number;
  /** Of every code that waits: how often it came, and the earliest attempt behind it, in ms after the wait was over. */
  readonly waits: ReadonlyMap<string, { readonly count: number; readonly earliestMs: number }>;
  readonly advised: number;
}

/** By counting alone: every window that ends in an attempt made on our advice, from the attempts that were really made. */
export function seenByNetworks(lives: readonly CardLife[]): Seen {
  const most = {
    visa_reattempts_30d: 0,
    mastercard_declines_24h: 0,
    mastercard_same_amount_30d: 0,
    other_reattempts_30d: 0,
  };
  const seen = (ceiling: CeilingId, count: number): void => {
    most[ceiling] = Math.max(most[ceiling], count);
  };
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
      if (network !== 'mastercard') {
        const reattempts = within(30 * DAY).filter((each) => each.advised).length;
        seen(network === 'visa' ? 'visa_reattempts_30d' : 'other_reattempts_30d', reattempts);
        return;
      }
      const declined = (each: Made) => each.attempt.outcome === 'declined' || each.attempt === attempt;
      seen('mastercard_declines_24h', within(24 * HOUR).filter(declined).length);
      const sameAmount = within(30 * DAY).filter(
        (each) => declined(each) && each.attempt.amountMinor === attempt.amountMinor,
      );
      seen('mastercard_same_amount_30d', sameAmount.length);
    });
  }
  return { most, afterNever, forbidden, waits, advised };
}
