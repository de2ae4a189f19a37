// The last steps that results of every source share: who the processors are, which decision a result belongs to, and the call to its processor's object.
import { readArm, type ArmOfDecision } from '../domain/experiments/experiment-run.ts';
import type { AttemptTelling } from '../domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, JoinedDecision, RecordOutcome } from '../domain/results/canonical-result.ts';
import type { ReadDecision } from '../domain/routing/decision-token.ts';
import type { RecordReply } from '../ports/processor-port.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { World } from '../ports/world.ts';

/** A result that is ready to be kept, and by whom. */
export interface Addressed {
  readonly result: CanonicalResult;
  readonly processor: RegisteredProcessor;
  /** What is told of the attempt beside it. */
  readonly telling: AttemptTelling | null;
}

export type HandedOver =
  /** `row`: told to one result alone. */
  | { readonly outcome: 'recorded' | 'duplicate'; readonly row: StatusRow | null }
  | Extract<RecordOutcome, { readonly outcome: 'refused' }>
  /** Deleted since the table was read. */
  | { readonly outcome: 'unknown_processor' }
  | { readonly outcome: 'not_recorded'; readonly reason: 'overloaded' | 'unreachable' };

/** The registered processors by id. One refill if a wanted one is not known to this isolate yet. `null`: a cold isolate that no source answers. */
export async function processorsFor(
  world: World,
  wanted: readonly string[],
  now: number,
): Promise<Map<string, RegisteredProcessor> | null> {
  for (const refreshed of [false, true]) {
    if (refreshed) await world.tables.refresh(now);
    const held = await world.tables.table(now);
    if (held === null) return null;
    const byId = new Map<string, RegisteredProcessor>(
      held.table.data.configuration.processors.map((processor) => [processor.id, processor]),
    );
    if (refreshed || wanted.every((id) => byId.has(id))) return byId;
  }
  return null;
}

export interface Joining {
  readonly decision: JoinedDecision | null;
  readonly warnings: readonly ('decision_id_invalid' | 'decision_id_expired' | 'off_recommendation')[];
}

/** A bad token never refuses a result: it is recorded unjoined, with a warning. */
export async function joinDecision(
  world: World,
  decisionId: string | null,
  processor: RegisteredProcessor,
  now: number,
): Promise<Joining> {
  if (decisionId === null) return { decision: null, warnings: [] };
  const verified = world.signer.verify(decisionId, now);
  if (!verified.ok)
    return {
      decision: null,
      warnings: [verified.reason === 'expired' ? 'decision_id_expired' : 'decision_id_invalid'],
    };
  const { nonce, decidedAtMs, propensity, permit } = verified.decision;
  const { arm, run } = await armOf(world, verified.decision, now);
  const offRecommendation = !verified.decision.isFor(processor.id);
  return {
    decision: {
      nonce,
      decidedAtMs,
      propensity,
      arm,
      ...(run !== null && { run }),
      permit: permit && !offRecommendation,
      offRecommendation,
    },
    warnings: offRecommendation ? ['off_recommendation'] : [],
  };
}

/** One refill if the decision is of a newer configuration than this isolate knows. */
async function armOf(
  world: World,
  { arm, configVersion }: Pick<ReadDecision, 'arm' | 'configVersion'>,
  now: number,
): Promise<ArmOfDecision> {
  if (arm === 0) return readArm([], arm, configVersion);
  const known = (await world.tables.table(now))?.table.data.configuration;
  if (known !== undefined && known.version >= configVersion) return readArm(known.experiments, arm, configVersion);
  await world.tables.refresh(now);
  const fresh = (await world.tables.table(now))?.table.data.configuration;
  return readArm(fresh?.experiments ?? [], arm, configVersion);
}

interface Group {
  readonly processor: RegisteredProcessor;
  readonly indexes: number[];
  readonly results: CanonicalResult[];
  readonly told: (AttemptTelling | null)[];
}

/** One group per processor, each with the places of its items. */
export function byProcessor(items: readonly Addressed[]): readonly Group[] {
  const groups = new Map<string, Group>();
  items.forEach(({ processor, result, telling }, index) => {
    const group = groups.get(processor.id) ?? { processor, indexes: [], results: [], told: [] };
    group.indexes.push(index);
    group.results.push(result);
    group.told.push(telling);
    groups.set(processor.id, group);
  });
  return [...groups.values()];
}

/** In the order given. One call per processor, all at once; what a call that fails held is `not_recorded`. */
export async function handOver(world: World, items: readonly Addressed[]): Promise<HandedOver[]> {
  const answers: HandedOver[] = items.map(() => ({ outcome: 'not_recorded', reason: 'unreachable' }));
  await Promise.all(
    byProcessor(items).map(async ({ processor, indexes, results, told }) => {
      const reply = await world.processors.record(processor, results, told);
      indexes.forEach((index, position) => {
        answers[index] = answerAt(reply, position);
      });
    }),
  );
  return answers;
}

function answerAt(reply: RecordReply, position: number): HandedOver {
  if (!reply.ok)
    return reply.reason === 'deleted'
      ? { outcome: 'unknown_processor' }
      : { outcome: 'not_recorded', reason: reply.reason };
  const outcome = reply.outcomes[position]!;
  return outcome.outcome === 'refused' || outcome.outcome === 'not_recorded'
    ? outcome
    : { outcome: outcome.outcome, row: reply.row };
}
