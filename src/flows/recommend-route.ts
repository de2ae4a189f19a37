// Answers "which processor now?" from the isolate's table, with at most one permit request on the way.
import { armByte } from '../domain/experiments/experiment-run.ts';
import { decide, type DecideMoment } from '../domain/routing/decide.ts';
import { type DecisionContext, decisionRow, isSampled } from '../domain/history/sampled-decision.ts';
import type { DecisionId, ProcessorId } from '../domain/identity.ts';
import type { Decision, PermitWanted, RouteRequest } from '../domain/routing/route-request.ts';
import type { RoutingTable } from '../domain/routing/compile-table.ts';
import type { HeldTable } from '../ports/table-source.ts';
import { settingsFor, type ToldSettings } from '../domain/tuning/tuned-settings.ts';
import type { TrialMoment } from '../domain/tuning/trial-arm.ts';
import type { World } from '../ports/world.ts';

export interface RouteAnswer {
  readonly decision: Decision;
  readonly decisionId: DecisionId | null;
  readonly tableAgeMs: number;
  readonly source: HeldTable['source'];
  /** Of the chosen processor; `null`: nothing was chosen, or this isolate has not heard of any yet. */
  readonly settings: ToldSettings | null;
}

/** Of the ranking, where not all of it is asked for. */
export const ROWS_TOLD = 3;

/** `null` only on a cold isolate without any source: 503 and Retry-After. At once, where nothing need be waited for. */
export type RecommendRoute = (
  world: World,
  request: RouteRequest,
  explainAll?: boolean,
) => RouteAnswer | null | Promise<RouteAnswer | null>;
/** Explains without deciding: no permit is asked, no decision counted, no token signed. `at` is a moment, `seed` fixes the draw. */
export type SimulateRoute = (world: World, request: RouteRequest, seed: bigint | null) => Promise<RouteAnswer | null>;

export const recommendRoute: RecommendRoute = (world, request, explainAll = false) => {
  const now = world.now();
  const { tuning, tables } = world;
  // Before the table is waited for: a cold isolate hears of both at once.
  const published = tuning.published(now);
  const held = tables.tableNow(now);
  if (held === null) return routeWhenHeld(world, { request, explainAll, now });
  return routeFrom(world, held, { request, explainAll, now, published });
};

type Asked = Pick<Asking, 'request' | 'explainAll' | 'now'>;

async function routeWhenHeld(world: World, asked: Asked): Promise<RouteAnswer | null> {
  const held = await world.tables.table(asked.now);
  // It may have been heard meanwhile.
  return held === null
    ? null
    : await routeFrom(world, held, { ...asked, published: world.tuning.published(asked.now) });
}

interface Asking {
  readonly request: RouteRequest;
  readonly explainAll: boolean;
  readonly now: number;
  readonly published: ReturnType<World['tuning']['published']>;
}

/** Only a permit is waited for. */
function routeFrom(world: World, held: HeldTable, asking: Asking): RouteAnswer | Promise<RouteAnswer> {
  const { request, explainAll, now } = asking;
  const seed = world.nonce();
  const { sampleRate } = world.decisions;
  const isKept = sampleRate > 0 && isSampled(nonceText(seed), sampleRate);
  const moment = {
    now,
    seed,
    tableAgeMs: held.ageMs,
    permits: NO_PERMITS,
    explainAll,
    // History keeps the probabilities of all.
    rowsMax: explainAll || isKept ? Infinity : ROWS_TOLD,
  };
  const decision = decide(held.table, request, moment);
  const drawn = { ...asking, held, moment, isKept };
  return decision.permitWanted === null
    ? answerOf(world, drawn, decision)
    : routeWithPermit(world, drawn, decision.permitWanted);
}

interface Drawn extends Asking {
  readonly held: HeldTable;
  readonly moment: DecideMoment;
  /** For history. */
  readonly isKept: boolean;
}

async function routeWithPermit(world: World, drawn: Drawn, wanted: PermitWanted): Promise<RouteAnswer> {
  const { held, request, moment } = drawn;
  return answerOf(world, drawn, await decideWithPermit(world, held.table, { request, moment, wanted }));
}

function answerOf(world: World, { held, request, moment, isKept, published }: Drawn, decision: Decision): RouteAnswer {
  const { now, seed } = moment;
  const settings = settingsOf(published, held.table, decision.chosen, { nonce: seed, now });
  const { ageMs: tableAgeMs, source } = held;
  if (decision.chosen === null) return { decision, decisionId: null, tableAgeMs, source, settings };
  world.tables.noteDecision(decision.chosen, decision.segment, now);
  const { version: configVersion, experiments } = held.table.data.configuration;
  const arm = armByte(experiments, decision.experiment);
  if (isKept) {
    const context = { tableAgeMs, source, decidedAtMs: now, tableVersion: configVersion, arm };
    noteDecision(world, { decision, request, context, seed });
  }
  const decisionId = world.signer.sign({
    nonce: seed,
    decidedAtMs: now,
    configVersion,
    processorId: decision.chosen,
    segment: decision.segment,
    arm,
    propensity: decision.propensity,
    permit: decision.permit,
    deterministic: decision.deterministic,
  });
  return { decision, decisionId, tableAgeMs, source, settings };
}

interface Noted {
  readonly decision: Decision;
  readonly request: RouteRequest;
  readonly context: Omit<DecisionContext, 'nonce' | 'sampleRate'>;
  readonly seed: bigint;
}

/** For history, behind the answer. */
function noteDecision({ decisions }: Pick<World, 'decisions'>, { decision, request, context, seed }: Noted): void {
  const { sampleRate } = decisions;
  const row = decisionRow(decision, request, { ...context, nonce: nonceText(seed), sampleRate });
  if (row !== null) decisions.note(row);
}

export const simulateRoute: SimulateRoute = async (world, request, seed) => {
  const now = world.now();
  const held = await world.tables.table(now);
  if (held === null) return null;
  const moment = { now, seed: seed ?? world.nonce(), tableAgeMs: held.ageMs, permits: NO_PERMITS, explainAll: true };
  const decision = decide(held.table, request, moment);
  const published = world.tuning.published(now);
  const settings = settingsOf(published, held.table, decision.chosen, { nonce: moment.seed, now });
  return { decision, decisionId: null, tableAgeMs: held.ageMs, source: held.source, settings };
};

function settingsOf(
  published: Asking['published'],
  table: RoutingTable,
  chosen: ProcessorId | null,
  moment: TrialMoment,
): ToldSettings | null {
  if (published === null) return null;
  const processor = table.data.configuration.processors.find(({ id }) => id === chosen);
  if (processor === undefined) return null;
  return settingsFor(processor, published.get(processor.id), moment);
}

const NO_PERMITS: ReadonlyMap<string, 'granted' | 'refused'> = new Map();

/** A permit that cannot be had in 100 ms is a refusal: the payment takes the next processor and loses nothing. */
async function decideWithPermit(
  world: World,
  table: RoutingTable,
  { request, moment, wanted }: { request: RouteRequest; moment: DecideMoment; wanted: PermitWanted },
): Promise<Decision> {
  const processor = table.data.configuration.processors.find((candidate) => candidate.id === wanted.processorId);
  const granted =
    processor !== undefined && (await world.processors.requestPermit(processor, wanted.scope, nonceText(moment.seed)));
  const permits = new Map([
    [`${wanted.processorId} ${wanted.scope}`, granted ? ('granted' as const) : ('refused' as const)],
  ]);
  return decide(table, request, { ...moment, permits });
}

/** A nonce as tokens and ledgers write it: 16 hex characters. */
export const nonceText = (nonce: bigint): string => nonce.toString(16).padStart(16, '0');
