// What one change makes of the configuration, or why it is refused; locking, saving and telling the boards is the Registry's.
import type { ProcessorConfig, RegisteredProcessor } from '../processor-config.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import { carryingRun, withRuns } from '../experiments/experiment-run.ts';
import { reopened, withStoppedArm } from '../experiments/stopped-arm.ts';
import type { Configuration, Experiment, Override, Rule } from './configuration.ts';
import type { ChangeReply, ConfigurationChange, ConfigurationDocument, Issue } from './configuration-change.ts';
import { CENTRES_MAX, centresCount, checkContexts, keepingContext, withContexts } from './context-change.ts';
import { difference } from './difference.ts';
import { checkHealing } from '../healing/healing-settings.ts';
import { checkDocument } from './document-check.ts';
import { checkPriors, keepingPriors, PRIORS_MAX, priorsCount, withPriors } from './prior-change.ts';
import { backedBy, checkBackups } from './backups-check.ts';
import { checkProcessor } from './processor-check.ts';
import { checkRetries } from './retry-check.ts';
import { checkRule, processorsNamedBy } from './rule-check.ts';
import { checkExperiment, checkOverride, checkRouting } from './settings-check.ts';

export const LIMITS = { processors: 200, rules: 1_000, experiments: 100, overrides: 1_000, tombstones: 1_000 } as const;
/** More say nothing that the first do not, and the answer stays small. */
const ISSUES_MAX = 100;

export interface Moment {
  readonly now: number;
  /** A number above every epoch ever given out; see `epochSource`. */
  readonly nextEpoch: () => number;
}

export type ChangeOutcome = Exclude<ChangeReply, { readonly reason: 'stale_version' }>;
type Refusal = Exclude<ChangeOutcome, { readonly ok: true }>;
/** The parts a change replaces; `null`: it leaves everything as it is. */
type Draft = Partial<Omit<Configuration, 'format' | 'version'>> | null;

/**
 * Epochs are max(last + 1, now in ms): one is never given out twice, and after a Registry had to be set up anew
 * they still lie above those that the processors' own objects remember.
 */
export function epochSource({ processors, tombstones }: Configuration, now: number): () => number {
  let last = Math.max(0, ...[...processors, ...tombstones].map(({ epoch }) => epoch));
  return () => (last = Math.max(last + 1, now));
}

/** The same value when none has expired. */
export function withoutExpired(configuration: Configuration, now: number): Configuration {
  const overrides = configuration.overrides.filter(({ expiresAtMs }) => now < expiresAtMs);
  return overrides.length === configuration.overrides.length ? configuration : { ...configuration, overrides };
}

export function processorsGone(before: Configuration, after: Configuration): readonly RegisteredProcessor[] {
  const kept = new Set(after.processors.map(({ id }) => id));
  return before.processors.filter(({ id }) => !kept.has(id));
}

/** Past their time, and still kept: nobody has changed anything since. */
export const endedOverrides = ({ overrides }: Configuration, now: number): readonly Override[] =>
  overrides.filter(({ expiresAtMs }) => now >= expiresAtMs);

/** Rows and signals up to the tombstone's epoch come from an object of a processor that is no more. */
export function isBuried({ tombstones }: Configuration, id: string, epoch: number): boolean {
  return tombstones.some((tombstone) => tombstone.processorId === id && epoch <= tombstone.epoch);
}

export function applyChange(configuration: Configuration, change: ConfigurationChange, moment: Moment): ChangeOutcome {
  if (change.op === 'end_override') return withoutEnded(configuration, change.id, moment.now);
  const current = withoutExpired(configuration, moment.now);
  const draft = draftOf(current, change, moment);
  if (draft === null) return { ok: true, configuration: current };
  if ('reason' in draft) return draft;
  const next = { ...current, ...draft, version: configuration.version + 1 };
  return { ok: true, configuration: { ...next, experiments: withRuns(configuration, next, moment.now) } };
}

/** One alone, so that each leaves a trace of its own. */
function withoutEnded(configuration: Configuration, id: string, now: number): ChangeOutcome {
  const ended = endedOverrides(configuration, now).find((override) => override.id === id);
  if (ended === undefined) return { ok: false, reason: 'not_found' };
  const overrides = configuration.overrides.filter((override) => override !== ended);
  return { ok: true, configuration: { ...configuration, overrides, version: configuration.version + 1 } };
}

type Drafted = Exclude<ConfigurationChange, { readonly op: 'end_override' }>;

function draftOf(current: Configuration, change: Drafted, moment: Moment): Draft | Refusal {
  switch (change.op) {
    case 'put_processor':
      return putProcessor(current, change.processor, change.mode, moment);
    case 'delete_processor':
      return deleteProcessor(current, change.id);
    case 'put_rule':
      return putRule(current, change.rule, change.mode);
    case 'delete_rule':
      return without(current.rules, change.id, (rules) => ({ rules }));
    case 'put_experiment':
      return putExperiment(current, change.experiment, change.mode);
    case 'delete_experiment':
      return without(current.experiments, change.id, (experiments) => ({ experiments }));
    case 'stop_arm':
      return withStoppedArm(current.experiments, change, moment.now);
    case 'reopen_experiment':
      return reopened(current.experiments, change.id);
    case 'put_override':
      return putOverride(current, change.override, moment.now);
    case 'delete_override':
      return without(current.overrides, change.id, (overrides) => ({ overrides }));
    case 'put_routing':
      return refusal(checkRouting(change.routing, '')) ?? { routing: change.routing };
    case 'put_retries':
      return refusal(checkRetries(change.retries, idsOf(current.processors), '')) ?? { retries: change.retries };
    case 'put_healing':
      return refusal(checkHealing(change.healing)) ?? { healing: change.healing };
    case 'put_priors':
      return putPriors(current, change);
    case 'delete_prior':
      return deletePrior(current, change.processorId, change.segment);
    case 'import':
      return importDocument(current, change.document, moment);
  }
}

function refusal(issues: readonly Issue[]): Refusal | null {
  if (issues.length === 0) return null;
  const more = issues.length - ISSUES_MAX;
  return { ok: false, reason: 'invalid', issues: issues.slice(0, ISSUES_MAX), ...(more > 0 && { more }) };
}

function misplaced(items: readonly { id: string }[], id: string, mode: 'create' | 'replace'): Refusal | null {
  const isThere = items.some((item) => item.id === id);
  if (mode === 'create') return isThere ? { ok: false, reason: 'already_exists' } : null;
  return isThere ? null : { ok: false, reason: 'not_found' };
}

const tooMany = (count: number, what: keyof typeof LIMITS): Issue[] => {
  if (count <= LIMITS[what]) return [];
  const message = `there may be at most ${LIMITS[what]}`;
  return [
    { field: what, message: what === 'overrides' ? `${message} in force: lift one first, or let one end` : message },
  ];
};

/** In its old place, or at the end. */
function placed<Item extends { readonly id: string }>(items: readonly Item[], item: Item): readonly Item[] {
  const at = items.findIndex(({ id }) => id === item.id);
  return at === -1 ? [...items, item] : items.with(at, item);
}

function without<Item extends { readonly id: string }>(
  items: readonly Item[],
  id: string,
  draft: (rest: readonly Item[]) => Draft,
): Draft | Refusal {
  const rest = items.filter((item) => item.id !== id);
  return rest.length === items.length ? { ok: false, reason: 'not_found' } : draft(rest);
}

const idsOf = (processors: readonly { id: ProcessorId }[]): Set<string> => new Set(processors.map(({ id }) => id));

function putProcessor(
  { processors, version }: Configuration,
  processor: ProcessorConfig,
  mode: 'create' | 'replace',
  { nextEpoch }: Moment,
): Draft | Refusal {
  const issues = (): Issue[] => [...checkProcessor(processor, ''), ...checkBackups(processor, idsOf(processors), '')];
  const refused = misplaced(processors, processor.id, mode) ?? refusal(issues());
  if (refused) return refused;
  const held = processors.find(({ id }) => id === processor.id);
  const registered = { ...processor, epoch: held?.epoch ?? nextEpoch(), revision: version + 1 };
  const next = placed(processors, keepingLearned(registered, held));
  return refusal(tooMany(next.length, 'processors')) ?? { processors: next };
}

const keepingLearned = (processor: RegisteredProcessor, before: RegisteredProcessor | undefined): RegisteredProcessor =>
  keepingContext(keepingPriors(processor, before), before);

function deleteProcessor(current: Configuration, id: ProcessorId): Draft | Refusal {
  if (!current.processors.some((processor) => processor.id === id)) return { ok: false, reason: 'not_found' };
  // Disabled rules too: what is stored always passes its own checks, so an export can always be imported.
  const inUse = current.rules.filter((rule) => processorsNamedBy(rule).includes(id));
  const refused = refusal([
    ...inUse.map((rule) => ({ field: 'id', message: `is named by rule ${rule.id}` })),
    ...backedBy(current.processors, id).map((other) => ({ field: 'id', message: `is a backup of ${other.id}` })),
  ]);
  return (
    refused ??
    retained(
      current,
      current.processors.filter((processor) => processor.id !== id),
    )
  );
}

/** What is left when only these processors stay: the others' tombstones, and neither overrides nor ceilings of theirs. */
function retained(current: Configuration, processors: readonly RegisteredProcessor[]): Draft {
  const ids = idsOf(processors);
  const buried = current.processors
    .filter(({ id }) => !ids.has(id))
    .map(({ id, epoch }) => ({ processorId: id, epoch }));
  const buriedIds = new Set(buried.map(({ processorId }) => processorId));
  const tombstones = [...current.tombstones.filter(({ processorId }) => !buriedIds.has(processorId)), ...buried]
    .sort((one, other) => one.epoch - other.epoch)
    .slice(-LIMITS.tombstones);
  const { retries } = current;
  return {
    processors,
    tombstones,
    overrides: current.overrides.filter(({ processorId }) => ids.has(processorId)),
    ...(retries !== undefined && {
      retries: { ...retries, acquirers: retries.acquirers.filter(({ processorId }) => ids.has(processorId)) },
    }),
  };
}

function putRule({ rules, processors }: Configuration, rule: Rule, mode: 'create' | 'replace'): Draft | Refusal {
  const refused = misplaced(rules, rule.id, mode) ?? refusal(checkRule(rule, idsOf(processors), ''));
  if (refused) return refused;
  const next = placed(rules, rule);
  return refusal(tooMany(next.length, 'rules')) ?? { rules: next };
}

function putExperiment(
  { experiments }: Configuration,
  experiment: Experiment,
  mode: 'create' | 'replace',
): Draft | Refusal {
  const refused = misplaced(experiments, experiment.id, mode) ?? refusal(checkExperiment(experiment, ''));
  if (refused) return refused;
  const held = experiments.find(({ id }) => id === experiment.id);
  const next = placed(experiments, carryingRun(experiment, held));
  return refusal(tooMany(next.length, 'experiments')) ?? { experiments: next };
}

function putOverride(current: Configuration, override: Override, now: number): Draft | Refusal {
  const refused = refusal(checkOverride(override, current.processors));
  if (refused) return refused;
  // Its life is counted on the Registry's clock: an isolate's may be ahead.
  const stamped = { ...override, createdAtMs: now, expiresAtMs: now + override.expiresAtMs - override.createdAtMs };
  const overrides = placed(current.overrides, stamped);
  return refusal(tooMany(overrides.length, 'overrides')) ?? { overrides };
}

function putPriors(
  { processors, version }: Configuration,
  { priors, contexts = [] }: Extract<ConfigurationChange, { readonly op: 'put_priors' }>,
): Draft | Refusal {
  const refused = refusal([...checkPriors(priors, processors), ...checkContexts(contexts, processors)]);
  if (refused) return refused;
  const next = withContexts(withPriors(processors, priors, version + 1), contexts, version + 1);
  if (next.every((processor, index) => processor === processors[index])) return null;
  const count = priorsCount(next);
  const full = count <= PRIORS_MAX ? [] : [{ field: 'priors', message: `there may be at most ${PRIORS_MAX} priors` }];
  const wide = centresCount(next) <= CENTRES_MAX ? [] : [{ field: 'contexts', message: TOO_MANY_CENTRES }];
  return refusal([...full, ...wide]) ?? { processors: next };
}

const TOO_MANY_CENTRES = `may hold in at most ${CENTRES_MAX} segments of processors`;

function deletePrior({ processors, version }: Configuration, processorId: ProcessorId, segment: SegmentKey) {
  const next = withPriors(processors, [{ processorId, segment, prior: null }], version + 1);
  const found = next.some((processor, index) => processor !== processors[index]);
  return found ? { processors: next } : ({ ok: false, reason: 'not_found' } as const);
}

function importDocument(
  current: Configuration,
  document: ConfigurationDocument,
  { nextEpoch }: Moment,
): Draft | Refusal {
  const { processors, rules, experiments, routing, retries } = document;
  const counts = [
    ...tooMany(processors.length, 'processors'),
    ...tooMany(rules.length, 'rules'),
    ...tooMany(experiments.length, 'experiments'),
  ];
  const refused = refusal(counts) ?? refusal(checkDocument(document));
  if (refused) return refused;
  const held = new Map(current.processors.map((processor) => [processor.id, processor]));
  const registered = processors.map((processor) => {
    const old = held.get(processor.id);
    if (!old) return { ...processor, epoch: nextEpoch(), revision: current.version + 1 };
    const same = keepingLearned({ ...processor, epoch: old.epoch, revision: old.revision }, old);
    return difference(old, same).length === 0 ? old : { ...same, revision: current.version + 1 };
  });
  const heldExperiments = new Map(current.experiments.map((experiment) => [experiment.id, experiment]));
  const running = experiments.map((experiment) => carryingRun(experiment, heldExperiments.get(experiment.id)));
  return { ...retained(current, registered), rules, experiments: running, routing, retries };
}
