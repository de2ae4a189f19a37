// A trained model as it is kept: what it was trained and judged on, what it found, what came of it, and what it would take back.
import type { FeatureName } from './context.ts';
import type { FittedModel } from './fit-model.ts';
import type { ModelValueAnswer, Quality } from './judge-model.ts';
import type { ModelVersionRow } from '../history/kept-rows.ts';
import type { ContextChange } from '../configuration/context-change.ts';
import type { PriorChange } from '../configuration/prior-change.ts';
import type { TrainingPlan } from './training-plan.ts';

export type ModelState =
  /** Found better, and on its way to the Registry. */
  | 'candidate'
  | 'promoted'
  /** Not better, or not surely. */
  | 'refused'
  | 'reverted';

export interface FeatureWeight {
  readonly name: FeatureName;
  readonly levels: number;
  /** How far its levels lie apart, in log odds. */
  readonly deviation: number;
  /** Its part in what the features together tell of the attempts, 0-1. */
  readonly importance: number;
}

export interface ToldEffect {
  readonly feature: FeatureName;
  readonly level: string;
  /** What it adds to the log odds. */
  readonly logOdds: number;
  readonly error: number;
  readonly attempts: number;
}

export interface ModelFindings {
  readonly plan: TrainingPlan;
  readonly trainedAttempts: number;
  readonly judgedAttempts: number;
  readonly cells: number;
  /** Attempts in circumstances so rare that they were left out. */
  readonly leftOut: number;
  readonly features: readonly FeatureWeight[];
  /** Those that tell most. */
  readonly effects: readonly ToldEffect[];
  /** Of the later attempts: by all circumstances, by what would be published of them, and by what holds now. */
  readonly quality: {
    readonly model: Quality | null;
    readonly published: Quality | null;
    readonly present: Quality | null;
  };
  readonly value: ModelValueAnswer;
  /** What it publishes as priors and of circumstances, and how long that is as JSON. */
  readonly changes: readonly PriorChange[];
  readonly contexts: readonly ContextChange[];
  readonly bytes: number;
}

export interface ModelRecord extends ModelFindings {
  /** Rises with every model. */
  readonly version: number;
  /** Of the run that trained it: for one scheduled time there is one model. */
  readonly scheduledMs: number;
  readonly trainedAtMs: number;
  readonly state: ModelState;
  /** In a sentence. */
  readonly reason: string;
  readonly decidedAtMs: number | null;
  /** What its priors, and its effects, have replaced; empty while it was not published. */
  readonly replaced: readonly PriorChange[];
  readonly replacedContexts: readonly ContextChange[];
}

/** Without what is long. */
export interface ModelSummary extends Omit<ModelRecord, Long> {
  /** Of how many processors it tells what amounts and hours add. */
  readonly contextCount: number;
}
type Long = 'effects' | 'changes' | 'contexts' | 'replaced' | 'replacedContexts';
export type ModelDraft = Omit<ModelRecord, 'version'>;
/** From one state to the next. */
export type ModelDecision = Pick<ModelRecord, 'state' | 'reason' | 'decidedAtMs' | 'replaced' | 'replacedContexts'>;

const EFFECTS_TOLD = 200;
const FORMAT = 2;

export function featureWeights({ features, attempts }: FittedModel): readonly FeatureWeight[] {
  const shares = features.map(({ levels }) => {
    let [sum, squares] = [0, 0];
    for (const effect of levels.values()) {
      sum += effect.attempts * effect.logOdds;
      squares += effect.attempts * effect.logOdds ** 2;
    }
    return Math.max(0, squares / attempts - (sum / attempts) ** 2);
  });
  const total = shares.reduce((sum, share) => sum + share, 0);
  return features.map(({ name, levels, deviation }, place) => ({
    name,
    levels: levels.size,
    deviation,
    importance: total > 0 ? shares[place]! / total : 0,
  }));
}

export function toldEffects({ features, attempts: all }: FittedModel): readonly ToldEffect[] {
  return features
    .flatMap(({ name, levels, deviation }) =>
      [...levels].map(([level, { logOdds, information, attempts }]) => ({
        feature: name,
        level,
        logOdds,
        error: Math.sqrt(1 / (information + 1 / deviation ** 2)),
        attempts,
      })),
    )
    .sort((one, other) => weightIn(other, all) - weightIn(one, all))
    .slice(0, EFFECTS_TOLD);
}

const weightIn = ({ logOdds, attempts }: ToldEffect, all: number): number => logOdds ** 2 * (attempts / all);

export function summaryOf(model: ModelRecord): ModelSummary {
  const {
    effects: _effects,
    changes: _changes,
    contexts: _contexts,
    replaced: _replaced,
    replacedContexts: _replacedContexts,
    ...summary
  } = model;
  return { ...summary, contextCount: model.contexts.filter(({ context }) => context !== null).length };
}

export const writeModel = (model: ModelDraft): string => JSON.stringify({ format: FORMAT, ...model });

/** Throws on a format of newer code: what is not understood must not be published or taken back. */
export function readModel(version: number, text: string): ModelRecord {
  const { format, ...model } = JSON.parse(text) as { readonly format: number } & ModelDraft;
  if (format > FORMAT) throw new Error(`a model has format ${format}, newer than this code, which knows ${FORMAT}`);
  // Models of the first format told nothing of circumstances.
  return { ...(format < FORMAT && { contexts: [], replacedContexts: [] }), ...model, version };
}

/** For history. */
export function modelRow(model: ModelRecord): ModelVersionRow {
  const { plan, features, effects, quality, changes, contexts, bytes, cells, leftOut, value } = model;
  return {
    version: model.version,
    trainedAtMs: model.trainedAtMs,
    trainedFromMs: plan.fromMs,
    trainedToMs: plan.splitMs,
    judgedToMs: plan.toMs,
    trainedAttempts: model.trainedAttempts,
    judgedAttempts: model.judgedAttempts,
    model: { features, effects, quality, value, changes, contexts, bytes, cells, leftOut },
    valueEstimate: value.ok ? value.model.value : null,
    valueLow: value.ok ? value.model.low : null,
    valueHigh: value.ok ? value.model.high : null,
    state: model.state,
    decidedAtMs: model.decidedAtMs,
    reason: model.reason,
  };
}
