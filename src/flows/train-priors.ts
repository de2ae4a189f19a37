// Trains a model on the past, judges it on what came later, and puts it in the place of what holds now if it is surely better. Rules: SPEC.md [TRN].
import type { Actor } from '../ports/registry-port.ts';
import { bytesOf, changesFor, priorHeld, trainedPriors } from '../domain/training/segment-priors.ts';
import {
  bytesOf as bytesOfContexts,
  contextHeld,
  contextsFor,
  trainedContexts,
} from '../domain/training/trained-contexts.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import type { ContextEffects } from '../domain/learning/context-effects.ts';
import type { Counts } from '../domain/jobs/job-run.ts';
import { featureWeights, type ModelFindings, type ModelRecord, toldEffects } from '../domain/training/model-record.ts';
import { fitModel, type FittedModel } from '../domain/training/fit-model.ts';
import { foreteller } from '../domain/training/foretold-rate.ts';
import { begunRate, type DrawnDecision, foretellingOf, valueOf } from '../domain/training/judge-model.ts';
import type { EvidenceStep, Learned } from '../domain/training/live-evidence.ts';
import { HELD_OFF_MS, type Verdict, verdictOn } from '../domain/training/verdict.ts';
import type { CountedCells, ModelStanding, TrainingPastPort } from '../ports/training-port.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import { publishModel, settleCandidate, type TrainingWorld } from './publish-model.ts';
import {
  laterSteps,
  pastOf,
  planTraining,
  SAMPLES_MAX,
  type SampledHour,
  samplesIn,
  type TrainingLack,
  type TrainingPlan,
} from '../domain/training/training-plan.ts';
import type { TrainingCell } from '../domain/training/context.ts';
import { DAY_MS } from '../domain/analytics/stretch.ts';
import { trainingSettingsFrom } from '../domain/training/training-settings.ts';
import type { World } from '../ports/world.ts';

export interface TrainingAsk {
  /** For one scheduled time there is one model, however often it is run. */
  readonly scheduledMs: number;
  /** A person asks: a model may be promoted though one was taken back lately. */
  readonly byDemand: boolean;
  readonly actor: Actor;
  readonly signal: Pick<AbortSignal, 'aborted'>;
}

export type Trained =
  | { readonly outcome: 'trained'; readonly model: ModelRecord }
  | { readonly outcome: 'too_little'; readonly lacks: readonly TrainingLack[]; readonly countedUntilMs: number }
  | { readonly outcome: 'history_away'; readonly why: string };

/** What a run of some seconds of a Worker's time can take in. */
export const CELLS_MAX = 20_000;
export const DECISIONS_MAX = 20_000;

/** Throws where the Registry or the book is away, or the time is over. */
export async function trainPriors(world: TrainingWorld, ask: TrainingAsk): Promise<Trained> {
  const { book, past } = world.training;
  const { samplesMin } = trainingSettingsFrom(world.training.settings);
  if (past === null) return { outcome: 'history_away', why: 'no history is kept' };
  const standing = await settleCandidate(world, 0);
  const held = await book.ofRun(ask.scheduledMs);
  if (held !== null) return { outcome: 'trained', model: held };
  const configuration = await world.registry.configuration();
  const read = await readPast(past, world.now(), samplesMin);
  if (!read.ok) return read.trained;
  if (ask.signal.aborted) throw new Error('the time was over before the model was trained');
  const { findings, verdict } = judged(read.past, configuration, standing);
  const isHeldOff =
    !ask.byDemand && standing.revertedAtMs !== null && world.now() - standing.revertedAtMs < HELD_OFF_MS;
  const isPromoted = verdict.isBetter && !isHeldOff;
  const model = await book.add({
    ...findings,
    scheduledMs: ask.scheduledMs,
    trainedAtMs: world.now(),
    state: isPromoted ? 'candidate' : 'refused',
    reason: isHeldOff && verdict.isBetter ? `${verdict.reason} ${HELD_OFF}` : verdict.reason,
    decidedAtMs: isPromoted ? null : world.now(),
    replaced: [],
    replacedContexts: [],
  });
  return { outcome: 'trained', model: isPromoted ? await publishModel(world, model, ask.actor) : model };
}

const HELD_OFF =
  'A model was taken back within the last 7 days: until then one is promoted only where a person asks for it.';

interface Past {
  readonly plan: TrainingPlan;
  readonly trained: CountedCells;
  readonly later: readonly EvidenceStep[];
  readonly decisions: readonly DrawnDecision[];
}

type PastRead = { readonly ok: true; readonly past: Past } | { readonly ok: false; readonly trained: Trained };

/** One after the other: PostgreSQL has other things to do. */
async function readPast(past: TrainingPastPort, now: number, samplesMin: number): Promise<PastRead> {
  const hours = await recentHours(past, now);
  if (!hours.ok) return away(hours);
  const planned = planTraining(hours.value, samplesMin);
  if (!planned.ok)
    return { ok: false, trained: { outcome: 'too_little', lacks: planned.lacks, countedUntilMs: pastOf(now).toMs } };
  const { plan } = planned;
  const trained = await past.cells({ fromMs: plan.fromMs, toMs: plan.splitMs }, CELLS_MAX);
  if (!trained.ok) return away(trained);
  const later: EvidenceStep[] = [];
  for (const step of laterSteps(plan)) {
    const counted = await past.cells(step, CELLS_MAX);
    if (!counted.ok) return away(counted);
    later.push({ endMs: step.toMs, cells: counted.value.cells });
  }
  const decisions = await past.drawnDecisions({ fromMs: plan.splitMs, toMs: plan.toMs }, DECISIONS_MAX);
  if (!decisions.ok) return away(decisions);
  return { ok: true, past: { plan, trained: trained.value, later, decisions: decisions.value } };
}

/** Day by day back, no further than there are enough: where a day has millions, a month of them would take too long to count. */
async function recentHours(past: TrainingPastPort, now: number): Promise<HistoryReply<readonly SampledHour[]>> {
  const { fromMs, toMs } = pastOf(now);
  let hours: readonly SampledHour[] = [];
  for (let endMs = toMs; endMs > fromMs && (hours.length < 2 || samplesIn(hours) <= SAMPLES_MAX); ) {
    const startMs = Math.max(fromMs, Math.floor((endMs - 1) / DAY_MS) * DAY_MS);
    const reply = await past.sampledHours({ fromMs: startMs, toMs: endMs });
    if (!reply.ok) return reply;
    hours = [...reply.value, ...hours];
    endMs = startMs;
  }
  return { ok: true, value: hours };
}

function away({ fault }: Extract<HistoryReply<unknown>, { readonly ok: false }>): PastRead {
  const why = `history is ${fault.reason}${fault.reason === 'unreachable' ? '' : ` (${fault.code})`}`;
  return { ok: false, trained: { outcome: 'history_away', why } };
}

/** Nothing but arithmetic. */
function judged(
  { plan, trained, later, decisions }: Past,
  configuration: Configuration,
  standing: ModelStanding,
): { readonly findings: ModelFindings; readonly verdict: Verdict } {
  const { cells, attempts } = trained;
  const model = fitModel(cells) ?? EMPTY_MODEL;
  const { processors, routing } = configuration;
  const saying = sayingOf(model, cells, processors, standing);
  const present: Learned = {
    prior: (id, segment) => priorHeld(processors, { processorId: id as never, segment }),
    context: (id) => contextHeld(processors, id),
  };
  const published = laidOver(present, saying);
  const foretold = foreteller(model);
  const laterCells = later.flatMap((step) => step.cells);
  const rivals = { model: published, present, evidence: { before: cells, since: later }, foretold, routing };
  const findings: ModelFindings = {
    plan,
    trainedAttempts: attempts,
    judgedAttempts: laterCells.reduce((sum, cell) => sum + cell.attempts, 0),
    cells: cells.length,
    leftOut: attempts - model.attempts,
    features: featureWeights(model),
    effects: toldEffects(model),
    quality: {
      model: foretellingOf(laterCells, foretold),
      published: foretellingOf(laterCells, begunRate(published)),
      present: foretellingOf(laterCells, begunRate(present)),
    },
    value: valueOf(decisions, rivals),
    ...saying,
  };
  return { findings, verdict: verdictOn(model, findings) };
}

type Saying = Pick<ModelFindings, 'changes' | 'contexts' | 'bytes'>;

function sayingOf(
  model: FittedModel,
  cells: readonly TrainingCell[],
  processors: Configuration['processors'],
  { inForce }: ModelStanding,
): Saying {
  const priors = trainedPriors(model, cells, processors);
  const former = (inForce?.changes ?? []).flatMap((change) =>
    change.prior === null ? [] : [{ ...change, prior: change.prior }],
  );
  const contexts = trainedContexts(model, cells, priors);
  return {
    changes: changesFor(priors, former, processors),
    contexts: contextsFor(contexts, inForce?.contexts ?? [], processors),
    bytes: bytesOf(priors) + bytesOfContexts(contexts),
  };
}

function laidOver(present: Learned, { changes, contexts }: Saying): Learned {
  const priors = new Map(changes.map(({ processorId, segment, prior }) => [`${processorId} ${segment}`, prior]));
  const effects = new Map<string, ContextEffects | null>(
    contexts.map(({ processorId, context }) => [processorId, context]),
  );
  return {
    prior: (id, segment) => {
      const prior = priors.get(`${id} ${segment}`);
      return prior === undefined ? present.prior(id, segment) : prior;
    },
    context: (id) => {
      const context = effects.get(id);
      return context === undefined ? present.context(id) : (context ?? undefined);
    },
  };
}

const EMPTY_MODEL: FittedModel = { intercept: 0, features: [], attempts: 0, approved: 0, sweeps: 0 };

/** For the record of the run. Throws where history is away: then the run has failed. */
export function tellRun(trained: Trained, { past }: World['training'], count: (counts: Counts) => void): void {
  switch (trained.outcome) {
    case 'trained': {
      const { version, state, trainedAttempts, judgedAttempts, cells } = trained.model;
      const counts = { attempts_trained: trainedAttempts, attempts_judged: judgedAttempts, cells };
      return count({ model_version: version, is_promoted: Number(state === 'promoted'), ...counts });
    }
    case 'too_little':
      for (const { of, have, needed } of trained.lacks)
        count({ [`${of}_missing`]: Math.max(0, needed - have), [`${of}_there`]: have });
      return count({ counted_until_ms: trained.countedUntilMs });
    case 'history_away':
      if (past !== null) throw new Error(trained.why);
      return count({ is_without_history: 1 });
  }
}

const LACKS = ['training_samples', 'hours'] as const satisfies readonly TrainingLack['of'][];

/** What a run that found too little had told, from its counts; `null`: it was another's. */
export function lackOf(counts: Counts): Extract<Trained, { outcome: 'too_little' }> | null {
  const { counted_until_ms: countedUntilMs } = counts;
  if (countedUntilMs === undefined) return null;
  const lacks = LACKS.flatMap((of): TrainingLack[] => {
    const [missing, have] = [counts[`${of}_missing`], counts[`${of}_there`]];
    return missing === undefined || have === undefined ? [] : [{ of, have, needed: have + missing }];
  });
  return { outcome: 'too_little', lacks, countedUntilMs };
}
