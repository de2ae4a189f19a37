// Answers "what now?" after an attempt of a payment has ended: reads the decline, ranks who is left, and holds a slot before it says "again".
import { attemptTold, type AskedNext } from './next-question.ts';
import { adviseNext } from '../domain/retries/advise-next.ts';
import { policySet, RETRY_SETTINGS_DEFAULT } from '../domain/retries/settable-figures.ts';
import { type RetryPolicy, strictestVendor } from '../domain/retries/retry-policy.ts';
import { ledgerAttemptOf } from '../domain/retries/told-attempt.ts';
import { ledgerKeysOf, paymentKeyOf } from '../domain/unknowns/attempt-telling.ts';
import { releaseSlot } from './release-slot.ts';
import { processorsFor } from './hand-over.ts';
import { type ProcessorSources, processorSources } from './processor-sources.ts';
import { rankForNext } from './rank-for-next.ts';
import { recommendRoute } from './recommend-route.ts';
import { type EndedAttempt, tellEndedAttempt, watchEndedAttempt, watchPromisedAttempt } from './tell-ended-attempt.ts';
import { verdictOn, type Verdict } from '../domain/retries/decline-verdict.ts';
import type { Actor } from '../ports/registry-port.ts';
import type { AuditedOverride, RetryAdvice, RetryQuestion } from '../domain/retries/retry-question.ts';
import { asProcessorId, type DecisionId, type ProcessorId } from '../domain/identity.ts';
import type { ItemRefusal } from './record-results.ts';
import { attemptId, type LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { ReserveReply, ReserveRequest } from '../ports/credential-port.ts';
import type { RetryBudget } from '../domain/retries/retry-budget.ts';
import type { Watched } from '../domain/unknowns/unknown-attempt.ts';
import type { World } from '../ports/world.ts';

export interface NextAnswer extends ReserveReply {
  /** For the result of the attempt to come; `null`: none is to be made now. */
  readonly decisionId: DecisionId | null;
  /** `ledger_unreachable`: the ledger could not be asked, and the advice is one that sends nothing. */
  readonly warnings: readonly (
    | 'ledger_unreachable'
    | 'unknown_not_recorded'
    | 'attempt_not_watched'
    | 'payment_not_remembered'
  )[];
}

export type NextRefusal =
  | ItemRefusal
  | { readonly reason: 'no_table' }
  /** A slot could not be held, or given back: nothing may be sent. */
  | { readonly reason: 'ledger_unreachable' }
  /** Another attempt was insisted on while one may still be approved, and nobody answers for it. */
  | { readonly reason: 'outcome_unknown' };

/** A change of processor leads to one, at most to another after it. */
const ALTERNATIVES_WATCHED = 2;
/** Ranked processors whose budgets are asked: more than one change of processor may reach. */
const BUDGETS_ASKED_MAX = 5;

type Advised = { readonly answer: NextAnswer } | { readonly refused: NextRefusal };

export async function adviseNextPayment(world: World, question: AskedNext, actor: Actor): Promise<Advised> {
  const now = world.now();
  const [processors, sources] = await Promise.all([
    processorsFor(world, [question.processorId], now),
    processorSources(world.webhooks, asProcessorId(question.processorId), now),
  ]);
  if (processors === null) return { refused: { reason: 'no_table' } };
  const asked = { ...question, family: question.family ?? sources.family };
  const processor = processors.get(asked.processorId);
  const told = attemptTold(asked, processor, now);
  if ('reason' in told) return { refused: told };
  const ended = { asked, told, processor: processor!, now };
  const [warnings, advised] = await Promise.all([
    tellEndedAttempt(world, ended),
    adviceOn(world, { ended, attempt: ledgerAttemptOf(told), sources, processors, actor }),
  ]);
  if ('refused' in advised) return advised;
  return { answer: { ...advised.answer, warnings: [...advised.answer.warnings, ...warnings] } };
}

interface Advising {
  readonly ended: EndedAttempt;
  readonly attempt: LedgerAttempt;
  readonly sources: ProcessorSources;
  readonly processors: ReadonlyMap<string, RegisteredProcessor>;
  readonly actor: Actor;
}

async function adviceOn(world: World, advising: Advising): Promise<Advised> {
  const { ended, sources, processors, actor } = advising;
  const { now } = ended;
  const policy = policyFor(await policyHeld(world, now), sources, advising.attempt);
  const draw = drawFrom(world.nonce());
  const plain = questionOf(ended.asked, advising.attempt, [], null);
  const isUnknown = verdictOn(plain, policy, now, draw).ruleId === 'outcome_unknown';
  const override = isUnknown ? await audited(world, ended.asked, advising.attempt, actor) : null;
  const isFollowed = verdictOn({ ...plain, override }, policy, now, draw).verdict === 'again';
  const isWatched = isFollowed || ended.told.result !== 'timeout';
  const known = isWatched ? await watchEndedAttempt(world, ended) : null;
  const { asked, attempt } = withWhatIsKnown(ended.asked, advising.attempt, known);
  const verdict = verdictOn({ ...plain, attempt, override }, policy, now, draw);
  const eligible = await rankForNext(world, asked, attempt, verdict);
  if (eligible === null) return { refused: { reason: 'no_table' } };
  const request: ReserveRequest = {
    question: questionOf(asked, attempt, eligible, override),
    budgets: isTechnical(verdict) ? await budgetsOf(world, processors, eligible) : {},
    policy,
    draw,
    requestId: asked.requestId ?? `ask_${world.nonce().toString(16)}`,
    nextTransactionId: asked.nextTransactionId,
    fingerprint: asked.fingerprint,
  };
  const reserving = { asked, ended, request, processors };
  const reply = await reserved(world, reserving);
  if (reply !== null && asked.force && override === null && asksOutcome(reply.advice))
    return { refused: { reason: 'outcome_unknown' } };
  if (reply !== null) return { answer: await answered(world, reserving, reply, isFollowed && known === null) };
  if (verdict.verdict === 'again') return { refused: { reason: 'ledger_unreachable' } };
  if (asked.force && isUnknown) return { refused: { reason: 'outcome_unknown' } };
  const advice = adviseNext({ ...request, ledger: null, now });
  const told = { advice, reservation: null, isRepeat: false, decisionId: null };
  return { answer: { ...told, warnings: ['ledger_unreachable'] } };
}

/** Its processor knows better than whoever asks whether it was approved, and may have been told whose it is. */
function withWhatIsKnown(
  asked: AskedNext,
  attempt: LedgerAttempt,
  known: Watched | null,
): { readonly asked: AskedNext; readonly attempt: LedgerAttempt } {
  if (known === null) return { asked, attempt };
  const paymentId = asked.paymentId ?? known.paymentId;
  return {
    asked: { ...asked, paymentId, fingerprint: asked.fingerprint ?? known.fingerprint },
    attempt: { ...attempt, paymentId, ...(known.isApproved && APPROVED) },
  };
}

const APPROVED = { outcome: 'approved', reading: null } as const;

const isTechnical = (verdict: Verdict): boolean => verdict.verdict === 'again' && verdict.how === 'technical';

const asksOutcome = ({ action }: RetryAdvice): boolean => action === 'reconcile' || action === 'void_then_retry';

/** A cancel of an attempt of unknown outcome is trusted where all who report the processor declare that it surely takes. */
function policyFor(
  policy: RetryPolicy,
  { vendors, reliableCancel }: ProcessorSources,
  { processorId }: LedgerAttempt,
): RetryPolicy {
  const ceilings = policy.processors[processorId]?.ceilings ?? {};
  const own = { vendor: strictestVendor(vendors), ceilings, reliableCancel };
  return { ...policy, processors: { ...policy.processors, [processorId]: own } };
}

/** As an operator has set it, with our own figures for what was not said. */
async function policyHeld({ tables }: World, now: number): Promise<RetryPolicy> {
  const held = await tables.table(now);
  return policySet(held?.table.data.configuration.retries ?? RETRY_SETTINGS_DEFAULT);
}

function questionOf(
  asked: AskedNext,
  attempt: LedgerAttempt,
  eligibleProcessors: readonly ProcessorId[],
  override: AuditedOverride | null,
): RetryQuestion {
  const { attemptsMade, hopsMade, credential, auth, remedied, fingerprint } = asked;
  const kind =
    credential.kind === 'processor_token' ? { kind: credential.kind, processorId: attempt.processorId } : credential;
  const question = { attempt, attemptsMade, hopsMade, credential: kind, auth, eligibleProcessors, remedied, override };
  return fingerprint === null ? { ...question, isPaymentAlone: true } : question;
}

/** Written down before anything is advised: what cannot be audited is not overridden, and the fault goes to the caller. */
async function audited(
  world: World,
  { overrideWhy }: AskedNext,
  attempt: LedgerAttempt,
  actor: Actor,
): Promise<AuditedOverride | null> {
  if (overrideWhy === null) return null;
  await world.registry.note('override_unknown_outcome', attempt.id, actor, overrideWhy);
  return { by: actor.keyId, reason: overrideWhy, auditId: actor.requestId };
}

/** One that is out of reach is missing, and gets no technical retry. */
async function budgetsOf(
  world: World,
  processors: ReadonlyMap<string, RegisteredProcessor>,
  eligible: readonly ProcessorId[],
): Promise<Record<string, RetryBudget>> {
  const found = await Promise.all(
    eligible.slice(0, BUDGETS_ASKED_MAX).map(async (id) => {
      const processor = processors.get(id);
      const budget = processor === undefined ? null : await world.processors.retryBudget(processor);
      return budget === null ? [] : [[id, budget] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

interface Reserving {
  readonly asked: AskedNext;
  readonly ended: EndedAttempt;
  readonly request: ReserveRequest;
  readonly processors: ReadonlyMap<string, RegisteredProcessor>;
}

/**
 * Slot first, budget second: a budget that is emptied meanwhile gives the slot back, and the others are looked at. The credential's ledger goes before
 * the payment's, which is the last to say no. `null`: a ledger is out of reach.
 */
async function reserved(world: World, reserving: Reserving): Promise<ReserveReply | null> {
  const { asked, ended, request, processors } = reserving;
  let budgets = request.budgets;
  for (;;) {
    const reply = await promised(world, reserving, { ...request, budgets });
    if (reply === null) {
      const owed = { ledgerKeys: ledgerKeysOf(asked), attempt: request.question.attempt };
      world.later(world.processors.owe(ended.processor, [owed]));
      return null;
    }
    const payer = reply.advice.drawsOn;
    if (payer === null) return reply;
    const processor = processors.get(payer);
    if (processor !== undefined && (await world.processors.drawRetry(processor))) return reply;
    // Asked again under its id a slot that is still held would be promised without being paid for.
    if (reply.reservation !== null && (await releaseSlot(world, asked, reply.reservation.id)) === null) return null;
    budgets = Object.fromEntries(Object.entries(budgets).filter(([id]) => id !== payer));
  }
}

/** By every ledger that remembers the attempt. */
async function promised(
  world: World,
  { asked, ended }: Reserving,
  wanted: ReserveRequest,
): Promise<ReserveReply | null> {
  const [key] = ledgerKeysOf(asked);
  if (key === undefined)
    return { advice: adviseNext({ ...wanted, ledger: null, now: ended.now }), reservation: null, isRepeat: false };
  const { fingerprint } = asked;
  const reply = await world.credentials.reserve(key, wanted);
  const paymentId = asked.paymentId ?? reply?.reservation?.paymentId ?? null;
  if (reply === null || fingerprint === null || paymentId === null) return reply;
  const paymentKey = paymentKeyOf(paymentId);
  const { question, policy, draw } = wanted;
  const { reservation } = reply;
  if (reservation === null) {
    const told = { fingerprint: paymentKey, attempts: [question.attempt], isAsked: true } as const;
    return (await world.credentials.note([told])) ? reply : null;
  }
  const ofPayment = { ...question, attempt: { ...question.attempt, paymentId } };
  const promise = { question: ofPayment, policy, draw, promise: reservation, fingerprint };
  const guarded = await world.credentials.guard(paymentKey, promise);
  if (guarded?.refusal === null) return reply;
  if (guarded === null) {
    // Held by both or by none, for the payment's may hold it unheard; but another copy of this question may have been promised it.
    if (asked.requestId === null) await releaseSlot(world, { fingerprint, paymentId }, reservation.id);
    return null;
  }
  // What was promised before may be under way.
  if (!reply.isRepeat && (await world.credentials.release(key, reservation.id)) === null) return null;
  return { advice: guarded.refusal, reservation: null, isRepeat: reply.isRepeat };
}

/** With the decision that the result of the next attempt will name, made among nobody but the processor that was promised. */
async function answered(
  world: World,
  reserving: Reserving,
  reply: ReserveReply,
  isUnwatched: boolean,
): Promise<NextAnswer> {
  const { asked } = reserving;
  const { action, processorId } = reply.advice;
  const isRetry = action === 'retry_now' || action === 'retry_later';
  const [found, watched] = await Promise.all([
    action === 'retry_now' && processorId !== null
      ? recommendRoute(world, { ...asked.route, eligibleProcessors: [processorId] })
      : null,
    watchPromised(world, reserving, reply),
  ]);
  const paid = watched.find(({ known }) => known?.isApproved === true);
  if (paid !== undefined) {
    const stopped = await stoppedBy(world, reserving, reply, paid.processor);
    if (stopped !== null) return { ...stopped, decisionId: null, warnings: [] };
  }
  const warnings = [
    ...(isUnwatched || watched.some(({ known }) => known === null) ? (['attempt_not_watched'] as const) : []),
    ...(isRetry && ledgerKeysOf(asked).length === 0 ? (['payment_not_remembered'] as const) : []),
  ];
  return { ...reply, decisionId: found?.decisionId ?? null, warnings };
}

interface PromiseWatched {
  readonly processor: RegisteredProcessor;
  /** `null`: it cannot be asked. */
  readonly known: Watched | null;
}

/** Its processor is told whose the attempt will be, for it may hear of it from nobody who knows; the alternatives are as well, for it may go there. */
async function watchPromised(
  world: World,
  { asked, ended, processors }: Reserving,
  { advice, reservation }: ReserveReply,
): Promise<readonly PromiseWatched[]> {
  const transactionId = asked.nextTransactionId;
  if (reservation === null || transactionId === null) return [];
  const ids = [reservation.processorId, ...advice.alternatives.slice(0, ALTERNATIVES_WATCHED)];
  const watched = ids.map(async (id): Promise<PromiseWatched[]> => {
    const processor = processors.get(id);
    if (processor === undefined) return [];
    const known = await watchPromisedAttempt(world, ended, { processor, transactionId, owner: asked });
    return [{ processor, known }];
  });
  return (await Promise.all(watched)).flat();
}

/** The attempt to come has been made already, and was approved: its payment is told, and says so. */
async function stoppedBy(
  world: World,
  reserving: Reserving,
  { reservation }: ReserveReply,
  { id: processorId }: RegisteredProcessor,
): Promise<ReserveReply | null> {
  const { asked, request } = reserving;
  const id = attemptId(processorId, asked.nextTransactionId!);
  const paid: LedgerAttempt = { ...request.question.attempt, ...APPROVED, id, processorId };
  const told = ledgerKeysOf(asked).map((fingerprint) => ({ fingerprint, attempts: [paid] }));
  await Promise.all([world.credentials.note(told), releaseSlot(world, asked, reservation!.id)]);
  return await reserved(world, reserving);
}

/** Uniform in [0, 1), from the upper 53 of 64 random bits. */
const drawFrom = (nonce: bigint): number => Number(BigInt.asUintN(64, nonce) >> 11n) / 2 ** 53;
