// What the processors' books say about the money once everything is over: nothing here asks Signalbox or the merchant what was true.
import type { BookedAttempt, ProcessorBooks } from './processor-books.ts';

export interface MoneyFindings {
  /** Payments with more than one charge that stands at the end. */
  readonly doubleCaptures: readonly string[];
  /** Payments with more than one charge that stood at some moment, and no override. */
  readonly momentaryDoubles: readonly string[];
  /** Attempts that were made while the outcome of an earlier one could not be known, and no override. */
  readonly earlyReroutes: readonly string[];
  /** Two charges that stood at one moment, an override's doing: one of the two had to be undone. */
  readonly lateApprovals: readonly string[];
  /** `processor transaction` of attempts whose end was told to nobody. */
  readonly untold: readonly string[];
}

export function moneyFindings(books: ProcessorBooks, overridden: ReadonlySet<string>): MoneyFindings {
  const payments = [...books.byPayment()];
  const named = (isSo: (attempts: readonly BookedAttempt[]) => boolean): readonly string[] =>
    payments.flatMap(([payment, attempts]) => (isSo(attempts) ? [payment] : []));
  const others = payments.filter(([payment]) => !overridden.has(payment));
  const overlapping = named(overlap);
  return {
    doubleCaptures: named((attempts) => attempts.filter(stands).length > 1),
    momentaryDoubles: overlapping.filter((payment) => !overridden.has(payment)),
    earlyReroutes: others.flatMap(([, attempts]) => attempts.slice(1).flatMap((each) => earlyOf(each, attempts))),
    lateApprovals: overlapping.filter((payment) => overridden.has(payment)),
    untold: books
      .attempts()
      .filter(({ known }) => known === null)
      .map(({ processor, transaction }) => `${processor} ${transaction}`),
  };
}

const stands = ({ state }: BookedAttempt): boolean => state === 'approved';

function overlap(attempts: readonly BookedAttempt[]): boolean {
  const spans = attempts.flatMap(({ approvedAt, undoneAt }) =>
    approvedAt === null ? [] : [{ from: approvedAt, until: undoneAt ?? Infinity }],
  );
  return spans.some((one, index) =>
    spans.slice(index + 1).some((other) => one.from < other.until && other.from < one.until),
  );
}

function earlyOf(attempt: BookedAttempt, attempts: readonly BookedAttempt[]): string[] {
  const earlier = attempts.filter(({ askedAt }) => askedAt < attempt.askedAt);
  const open = earlier.filter(({ known }) => known === null || known.at > attempt.askedAt);
  return open.map(({ transaction }) => `${attempt.transaction} while ${transaction} was open`);
}

export type Paths = Readonly<Record<string, number>>;

/** How often each way that the simulation is there for was really gone. */
export function pathsTaken(books: ProcessorBooks, alertedThrough: ReadonlyMap<string, string>): Paths {
  const attempts = books.attempts();
  const count = (isSo: (attempt: BookedAttempt) => boolean): number => attempts.filter(isSo).length;
  const lost = (truth: BookedAttempt['fate']['truth']): number =>
    count(({ fate }) => fate.answer === 'lost' && fate.truth === truth);
  const knownBy = (by: string): number => count(({ fate, known }) => fate.answer === 'lost' && known?.by === by);
  const followed = [...books.byPayment().values()].filter((each) => each.length > 1).map(([first]) => first!);
  const afterLost = followed.filter(({ fate }) => fate.answer === 'lost');
  return {
    timedOutApproved: lost('approved'),
    timedOutDeclined: lost('declined'),
    timedOutNever: lost('never'),
    questionUnanswered: count(({ questionsMuted }) => questionsMuted > 0),
    toldPending: count(({ toldPending }) => toldPending > 0),
    knownByQuestion: knownBy('question'),
    knownByVoid: knownBy('void'),
    knownByWebhook: knownBy('webhook'),
    calledAgain: count(({ calls }) => calls > 1),
    voidRefused: count(({ voidsRefused }) => voidsRefused > 0),
    voidUnheard: count(({ voidsUnheard }) => voidsUnheard > 0),
    approvalVoided: count(({ approvedAt, state, refunds }) => approvedAt !== null && state === 'voided' && !refunds),
    approvalRefunded: count(({ refunds }) => refunds > 0),
    reroutedAfterTimeout: afterLost.length,
    reroutedAfterVoid: afterLost.filter(({ known }) => known?.by === 'void').length,
    reroutedAfterFault: followed.filter(({ fate }) => fate.answer === 'error' || fate.answer === 'not_sent').length,
    webhookTwice: count(({ webhooks }) => webhooks.repeated > 0),
    webhookOutOfOrder: count(({ webhooks }) => webhooks.late > 0),
    webhookLost: count(({ webhooks }) => webhooks.lost > 0),
    alerted: alertedThrough.size,
  };
}
