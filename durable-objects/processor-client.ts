// The way to a processor's object: a new stub after a fault, time limits, and a short memory of refused permits.
import type {
  HealthDetail,
  LateReply,
  ProcessorAddress,
  ProcessorPort,
  RecordReply,
} from '../src/ports/processor-port.ts';
import type { ArmTallies } from '../src/domain/experiments/arm-tally.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult } from '../src/domain/results/canonical-result.ts';
import type { ProcessorId, SegmentKey } from '../src/domain/identity.ts';
import type { ProcessorLoad } from '../src/domain/scaling/processor-load.ts';
import type { RetryBudget } from '../src/domain/retries/retry-budget.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../src/domain/unknowns/unknown-page.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { Unsent } from '../src/domain/payment-anomalies/reading-plan.ts';
import type { LedgerNote, OwnWord, Undone, Watched } from '../src/domain/unknowns/unknown-attempt.ts';
import { isDone, withinTime } from './time-limit.ts';
import { processorIds } from './object-ids.ts';
import { recordBySlot } from './slot-router.ts';
import type { RecordCall } from './record-wire.ts';

const PERMIT_WAIT_MS = 100;
/** An isolate that was refused asks again after a second: a half-open breaker must not become a hot spot. */
const REFUSED_FOR_MS = 1_000;
const READ_WAIT_MS = 500;
/** A customer may be waiting, and a commit may have to. */
const WATCH_WAIT_MS = 1_000;
const RECORD_WAIT_MS = 10_000;
const LIST_WAIT_MS = 2_000;

type Tellings = readonly (AttemptTelling | null)[];

/** What the object answers, as plain data: the platform's mapped types would lose tuples and brands on the way. */
export interface ProcessorObject {
  record(address: ProcessorAddress, results: readonly CanonicalResult[], told?: Tellings): Promise<RecordReply>;
  recordText(...call: RecordCall): Promise<string>;
  settle(address: ProcessorAddress, results: readonly CanonicalResult[], told: Tellings): Promise<void>;
  settleLate(address: ProcessorAddress, results: readonly CanonicalResult[], told: Tellings): Promise<LateReply>;
  watch(address: ProcessorAddress, word: OwnWord, result: CanonicalResult | null): Promise<Watched | null>;
  owe(notes: readonly LedgerNote[]): Promise<void>;
  undo(address: ProcessorAddress, undone: readonly Undone[]): Promise<void>;
  unknowns(address: ProcessorAddress, query: UnknownQuery): Promise<ProcessorUnknowns>;
  arms(address: ProcessorAddress, runs: readonly string[]): Promise<readonly ArmTallies[]>;
  sweepUnknowns(address: ProcessorAddress): Promise<void>;
  requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean>;
  health(address: ProcessorAddress): Promise<HealthDetail | null>;
  row(address: ProcessorAddress): Promise<StatusRow | null>;
  resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean>;
  retryBudget(address: ProcessorAddress): Promise<RetryBudget | null>;
  drawRetry(address: ProcessorAddress): Promise<boolean>;
  retire(epoch: number): Promise<void>;
  statistics(): Promise<{ readonly load: ProcessorLoad }>;
  unsentSince(): Promise<number | null>;
  historyStanding(): Promise<HistoryStanding>;
}

/** A new one for every call: after an exception a stub stays broken. */
export function processorStub(env: Pick<Env, 'PROCESSOR'>, id: ProcessorId): ProcessorObject {
  return env.PROCESSOR.get(processorIds.idOf(env.PROCESSOR, id)) as unknown as ProcessorObject;
}

/** The processor's row of this moment, for a board that missed a push. */
export async function rowOf(env: Pick<Env, 'PROCESSOR'>, address: ProcessorAddress): Promise<StatusRow | null> {
  return await processorStub(env, address.id).row(plain(address));
}

/** Unknowns that are overdue are told of; throws where that was not done. */
export async function sweepOf(env: Pick<Env, 'PROCESSOR'>, address: ProcessorAddress): Promise<void> {
  await processorStub(env, address.id).sweepUnknowns(plain(address));
}

/** Since when history lacks something of this processor's. */
export async function unsentOf(env: Pick<Env, 'PROCESSOR'>, { id }: ProcessorAddress): Promise<Unsent> {
  // In a list, for the answer may be nothing.
  const answer = await withinTime(READ_WAIT_MS, async () => [await processorStub(env, id).unsentSince()] as const);
  return answer === null ? 'away' : answer[0];
}

async function armsOf(
  env: Pick<Env, 'PROCESSOR'>,
  address: ProcessorAddress,
  runs: readonly string[],
): Promise<readonly ArmTallies[] | null> {
  const tallies = await withinTime(LIST_WAIT_MS, () => processorStub(env, address.id).arms(plain(address), runs));
  return tallies?.length === runs.length ? tallies : null;
}

/** Refusals outlive the request: keyed by processor and scope, in ms since the epoch. */
export type RefusedPermits = Map<string, number>;

export function createProcessorClient(
  env: Pick<Env, 'PROCESSOR' | 'PROCESSOR_SHARD'>,
  refused: RefusedPermits,
  clock: () => number,
): ProcessorPort {
  return {
    async record(address, results, told = []): Promise<RecordReply> {
      return await recordBySlot(env, address, results, told);
    },
    async settle(address, results, told) {
      return await isDone(RECORD_WAIT_MS, () => processorStub(env, address.id).settle(plain(address), results, told));
    },
    async settleLate(address, results, told): Promise<LateReply> {
      const stub = processorStub(env, address.id);
      return (
        (await withinTime(RECORD_WAIT_MS, () => stub.settleLate(plain(address), results, told))) ?? {
          ok: false,
          reason: 'unreachable',
        }
      );
    },
    async watch(address, word, result) {
      return await withinTime(WATCH_WAIT_MS, () => processorStub(env, address.id).watch(plain(address), word, result));
    },
    async owe(address, notes) {
      return await isDone(RECORD_WAIT_MS, () => processorStub(env, address.id).owe(notes));
    },
    async undo(address, undone) {
      return await isDone(RECORD_WAIT_MS, () => processorStub(env, address.id).undo(plain(address), undone));
    },
    async unknowns(address, query) {
      return await withinTime(LIST_WAIT_MS, () => processorStub(env, address.id).unknowns(plain(address), query));
    },
    arms: async (address, runs) => await armsOf(env, address, runs),
    load: async ({ id }) => await loadOf(env, id),
    async requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean> {
      const key = `${address.id} ${scope}`;
      if (clock() - (refused.get(key) ?? -Infinity) < REFUSED_FOR_MS) return false;
      const stub = processorStub(env, address.id);
      const granted =
        (await withinTime(PERMIT_WAIT_MS, () => stub.requestPermit(plain(address), scope, nonce))) === true;
      if (granted) refused.delete(key);
      else refused.set(key, clock());
      return granted;
    },
    async health(address: ProcessorAddress): Promise<HealthDetail | null> {
      return await withinTime(READ_WAIT_MS, () => processorStub(env, address.id).health(plain(address)));
    },
    async resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean> {
      return (
        (await withinTime(READ_WAIT_MS, () => processorStub(env, address.id).resetBreaker(plain(address), scope))) ===
        true
      );
    },
    async retryBudget(address: ProcessorAddress): Promise<RetryBudget | null> {
      return await withinTime(READ_WAIT_MS, () => processorStub(env, address.id).retryBudget(plain(address)));
    },
    async drawRetry(address: ProcessorAddress): Promise<boolean> {
      return (await withinTime(READ_WAIT_MS, () => processorStub(env, address.id).drawRetry(plain(address)))) === true;
    },
  };
}

async function loadOf(env: Pick<Env, 'PROCESSOR'>, id: ProcessorId): Promise<ProcessorLoad | null> {
  return (await withinTime(READ_WAIT_MS, () => processorStub(env, id).statistics()))?.load ?? null;
}

/** Only what the object needs travels with a call. */
function plain({ id, epoch, revision, breaker, priors, context }: ProcessorAddress): ProcessorAddress {
  return { id, epoch, revision, breaker, ...(priors && { priors }), ...(context && { context }) };
}
