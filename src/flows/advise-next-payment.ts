// Answers "what now?" after an attempt of a payment has ended: reads the decline, ranks who is left, and holds a slot before it says "again".
import { attemptTold, type AskedNext } from './next-question.ts';
import { adviseNext } from '../domain/retries/advise-next.ts';
import { policySet, RETRY_SETTINGS_DEFAULT } from '../domain/retries/settable-figures.ts';
import { type RetryPolicy, strictestVendor } from '../domain/retries/retry-policy.ts';
import { ledgerAttemptOf } from '../domain/retries/told-attempt.ts';
import { ledgerKeyOf } from '../domain/unknowns/attempt-telling.ts';
import { processorsFor } from './hand-over.ts';
import { type ProcessorSources, processorSources } from './processor-sources.ts';
import { rankForNext } from './rank-for-next.ts';
import { recommendRoute } from './recommend-route.ts';
import { tellEndedAttempt } from './tell-ended-attempt.ts';
import { verdictOn, type Verdict } from '../domain/retries/decline-verdict.ts';
import type { Actor } from '../ports/registry-port.ts';
import type { AuditedOverride, RetryAdvice, RetryQuestion } from '../domain/retries/retry-question.ts';
import { asProcessorId, type DecisionId, type ProcessorId } from '../domain/identity.ts';
import type { ItemRefusal } from './record-results.ts';
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { ReserveReply, ReserveRequest } from '../ports/credential-port.ts';
import type { RetryBudget } from '../domain/retries/retry-budget.ts';
import type { World } from '../ports/world.ts';

export interface NextAnswer extends ReserveReply {
  /** For the result of the attempt to come; `null`: none is to be made now. */
  readonly decisionId: DecisionId | null;
  /** `ledger_unreachable`: the ledger could not be asked, and the advice is one that sends nothing. */
  readonly warnings: readonly ('ledger_unreachable' | 'unknown_not_recorded')[];
}

export type NextRefusal =
  | ItemRefusal
  | { readonly reason: 'no_table' }
  /** A slot could not be held, or given back: nothing may be sent. */
  | { readonly reason: 'ledger_unreachable' }
  /** Another attempt was insisted on while one may still be approved, and nobody answers for it. */
  | { readonly reason: 'outcome_unknown' };

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
  const [warnings, advised] = await Promise.all([
    tellEndedAttempt(world, { asked, told, processor: processor!, now }),
    adviceOn(world, { asked, attempt: ledgerAttemptOf(told), sources, processors, actor, now }),
  ]);
  if ('refused' in advised) return advised;
  return { answer: { ...advised.answer, warnings: [...advised.answer.warnings, ...warnings] } };
}

interface Advising {
  readonly asked: AskedNext;
  readonly attempt: LedgerAttempt;
  readonly sources: ProcessorSources;
  readonly processors: ReadonlyMap<string, RegisteredProcessor>;
  readonly actor: Actor;
  readonly now: number;
}

async function adviceOn(world: World, advising: Advising): Promise<Advised> {
  const { asked, attempt, sources, processors, actor, now } = advising;
  const policy = policyFor(await policyHeld(world, now), sources, attempt);
  const draw = drawFrom(world.nonce());
  const plain = questionOf(asked, attempt, [], null);
  const isUnknown = verdictOn(plain, policy, now, draw).ruleId === 'outcome_unknown';
  const override = isUnknown ? await audited(world, asked, attempt, actor) : null;
  const verdict = verdictOn({ ...plain, override }, policy, now, draw);
  const eligible = await rankForNext(world, asked, attempt, verdict);
  if (eligible === null) return { refused: { reason: 'no_table' } };
  const request: ReserveRequest = {
    question: questionOf(asked, attempt, eligible, override),
    budgets: isTechnical(verdict) ? await budgetsOf(world, processors, eligible) : {},
    policy,
    draw,
    requestId: asked.requestId ?? `ask_${world.nonce().toString(16)}`,
    nextTransactionId: asked.nextTransactionId,
  };
  const reply = await reserved(world, { asked, request, processors, now });
  if (reply !== null && asked.force && override === null && asksOutcome(reply.advice))
    return { refused: { reason: 'outcome_unknown' } };
  if (reply !== null) return { answer: await withDecision(world, asked, reply) };
  if (verdict.verdict === 'again') return { refused: { reason: 'ledger_unreachable' } };
  if (asked.force && isUnknown) return { refused: { reason: 'outcome_unknown' } };
  const advice = adviseNext({ ...request, ledger: null, now });
  return { answer: { advice, reservation: null, decisionId: null, warnings: ['ledger_unreachable'] } };
}

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
  readonly request: ReserveRequest;
  readonly processors: ReadonlyMap<string, RegisteredProcessor>;
  readonly now: number;
}

/** Slot first, budget second: a budget that is emptied meanwhile gives the slot back, and the others are looked at. `null`: the ledger is out of reach. */
async function reserved(world: World, { asked, request, processors, now }: Reserving): Promise<ReserveReply | null> {
  const key = ledgerKeyOf(asked.fingerprint, asked.paymentId);
  let budgets = request.budgets;
  for (;;) {
    const wanted = { ...request, budgets };
    const reply =
      key === null
        ? { advice: adviseNext({ ...wanted, ledger: null, now }), reservation: null }
        : await world.credentials.reserve(key, wanted);
    if (reply === null) return null;
    const payer = reply.advice.drawsOn;
    if (payer === null) return reply;
    const processor = processors.get(payer);
    if (processor !== undefined && (await world.processors.drawRetry(processor))) return reply;
    // Asked again under its id a slot that is still held would be promised without being paid for.
    if (key !== null && reply.reservation !== null && !(await world.credentials.release(key, reply.reservation.id)))
      return null;
    budgets = Object.fromEntries(Object.entries(budgets).filter(([id]) => id !== payer));
  }
}

/** The decision that the result of the next attempt will name, made among nobody but the processor that was promised. */
async function withDecision(world: World, asked: AskedNext, reply: ReserveReply): Promise<NextAnswer> {
  const { action, processorId } = reply.advice;
  if (action !== 'retry_now' || processorId === null) return { ...reply, decisionId: null, warnings: [] };
  const found = await recommendRoute(world, { ...asked.route, eligibleProcessors: [processorId] });
  return { ...reply, decisionId: found?.decisionId ?? null, warnings: [] };
}

/** Uniform in [0, 1), from the upper 53 of 64 random bits. */
const drawFrom = (nonce: bigint): number => Number(BigInt.asUintN(64, nonce) >> 11n) / 2 ** 53;
