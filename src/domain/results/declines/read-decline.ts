// What a failed attempt means for its payment: class, fault, and what retry advice needs of them. What to do then is retry advice's to say.
import type { Fault, ResultKind } from '../canonical-result.ts';
import type { AdviceRecord } from './advice-records.ts';
import { DECLINE_CLASSES, normalCode } from './decline-record.ts';
import type { DeclineClass, DeclineFault, DeclineRecord, VisaCategory } from './decline-record.ts';
import { adviceRecordOf, anyOtherRecordOf, declineRecordOf, isOnRail, type Speaker } from './decline-tables.ts';

export interface DeclineQuestion extends Speaker {
  readonly result: ResultKind;
  /** The processor's word, or the network's code where that is all that is told. */
  readonly code: string | null;
  /** The network's response code beside the processor's word. */
  readonly networkCode: string | null;
  /** Merchant advice code. */
  readonly adviceCode: string | null;
}

export interface DeclineMeaning {
  readonly class: DeclineClass;
  readonly fault: DeclineFault;
  /** No sooner than so long after the attempt; `null`: nobody says. */
  readonly waitMs: number | null;
  /** The ceiling that Visa counts the attempt under; `null`: another network, or no response code told. */
  readonly visaCategory: VisaCategory | null;
  /** The record that settled the class. */
  readonly ruleId: string;
  readonly adviceRuleId: string | null;
  /** False: a default settled the class, because nobody has listed what was told. */
  readonly listed: boolean;
}

export interface DeclineDefault {
  readonly id: string;
  readonly class: DeclineClass;
  readonly source: string;
  readonly edition: string;
}

const OURS = { source: 'Signalbox, src/domain/SPEC.md, DCL-9', edition: '2026-11-21' } as const;

export const DECLINE_DEFAULTS = {
  timeout: { id: 'default:timeout', class: 'unknown', ...OURS },
  error: { id: 'default:error', class: 'technical', ...OURS },
  /** An error in words of no answer: it was sent, and nobody can say. */
  unanswered: { id: 'default:unanswered', class: 'unknown', ...OURS },
  /** On a rail every further attempt begins with the customer anyway. */
  rail: { id: 'default:rail', class: 'customer_action', ...OURS },
  card: {
    id: 'default:card',
    class: 'never',
    source: 'CyberSource docs, ccAuthReply_merchantAdviceCode: without an advice code the default is not to retry',
    edition: '2026-11-21',
  },
} as const satisfies Record<string, DeclineDefault>;

/** `null`: approved, refunded and disputed attempts were not declined. */
export function readDecline(question: DeclineQuestion): DeclineMeaning | null {
  if (!isFailure(question.result)) return null;
  const listed = listedFor(question);
  const other = othersFor(question);
  const spoken = [listed.own, listed.ofNetwork].filter((record) => record !== null);
  // What only Visa's category 4 knows means "not now" on a decline where nobody says more; on an error it says nothing.
  const codes = spoken.length === 0 && question.result === 'declined' ? other : spoken;
  const advice = adviceRecordOf(question.adviceCode, question);
  const told = advice === null ? codes : [...codes, advice];
  const settling = question.result === 'timeout' ? null : strictest(told);
  const byDefault = defaultFor(question);
  const declineClass = settling?.class ?? byDefault.class;
  return {
    class: declineClass,
    fault: blamedBy(listed, question.result),
    waitMs: isWaitedFor(declineClass) ? longestWait(told) : null,
    visaCategory: categoryOf([listed.ofNetwork, listed.own, ...other]),
    ruleId: settling?.id ?? byDefault.id,
    adviceRuleId: advice?.id ?? null,
    listed: settling !== null,
  };
}

/** The advice code alone: Mastercard sends what it tells of the card on approvals, too. */
export function readAdvice(adviceCode: string | null, speaker: Speaker): AdviceRecord | null {
  return adviceRecordOf(adviceCode, speaker);
}

/** Who is to blame; `none`: nobody, it went well. */
export function faultIn(question: Coded): Fault {
  return isFailure(question.result) ? blamedBy(listedFor(question), question.result) : 'none';
}

type Coded = Omit<DeclineQuestion, 'adviceCode'>;
type Failure = Exclude<ResultKind, 'approved' | 'refunded' | 'disputed'>;

interface Listed {
  /** What the code beside the result says. */
  readonly own: DeclineRecord | null;
  /** What the network's own code says: nearer to the one who declined than the processor's word for it. */
  readonly ofNetwork: DeclineRecord | null;
}

const isFailure = (result: ResultKind): result is Failure =>
  result === 'declined' || result === 'error' || result === 'timeout';

const listedFor = (question: Coded): Listed => ({
  own: declineRecordOf(question.code, question),
  ofNetwork: declineRecordOf(question.networkCode, { ...question, family: null }),
});

const othersFor = (question: Coded): DeclineRecord[] =>
  [
    anyOtherRecordOf(question.networkCode, { ...question, family: null }),
    anyOtherRecordOf(question.code, question),
  ].filter((record) => record !== null);

const blamedBy = ({ own, ofNetwork }: Listed, result: Failure): DeclineFault =>
  (ofNetwork ?? own)?.fault ?? (result === 'declined' ? 'issuer' : 'processor');

const categoryOf = (records: readonly (DeclineRecord | null)[]): VisaCategory | null =>
  records.map((record) => record?.visaCategory ?? null).find((category) => category !== null) ?? null;

/** What is still going on, and what was cut off before an answer came; no word of a code that says more stands in the tables. */
const UNANSWERED =
  /(^|_)(e?time_?d?_?out|no_(response|answer|reply)|unanswered|(connection|socket)_(error|reset|closed|lost|aborted|dropped)|network_(error|failure)|e?connreset|epipe|in_(progress|process|flight|use)|processing|pending|indeterminate|unknown_(outcome|status|state|result)|http_5\d\d|50[0234])(_|$)/;
const WORD_LENGTH_MAX = 128;

const isUnanswered = (code: string | null): boolean =>
  code !== null && code.length <= WORD_LENGTH_MAX && UNANSWERED.test(normalCode(code).replace(/[^a-z0-9]+/g, '_'));

function defaultFor(question: DeclineQuestion): DeclineDefault {
  const { result, code, networkCode } = question;
  if (result === 'timeout') return DECLINE_DEFAULTS.timeout;
  if (result === 'error')
    return isUnanswered(code) || isUnanswered(networkCode) ? DECLINE_DEFAULTS.unanswered : DECLINE_DEFAULTS.error;
  return isOnRail(question) ? DECLINE_DEFAULTS.rail : DECLINE_DEFAULTS.card;
}

type Told = Pick<DeclineRecord | AdviceRecord, 'id' | 'class' | 'waitMs'>;

function strictest(told: readonly Told[]): { readonly id: string; readonly class: DeclineClass } | null {
  let best: { id: string; class: DeclineClass } | null = null;
  for (const { id, class: declineClass } of told)
    if (declineClass !== null && (best === null || strictness(declineClass) > strictness(best.class)))
      best = { id, class: declineClass };
  return best;
}

const strictness = (declineClass: DeclineClass): number => DECLINE_CLASSES.indexOf(declineClass);

/** Of the other classes something else than time must pass first. */
const isWaitedFor = (declineClass: DeclineClass): boolean => declineClass === 'later' || declineClass === 'technical';

function longestWait(told: readonly Told[]): number | null {
  const waits = told.flatMap(({ waitMs }) => (waitMs === null ? [] : [waitMs]));
  return waits.length === 0 ? null : Math.max(...waits);
}
