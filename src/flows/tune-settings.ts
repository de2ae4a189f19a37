// One round of tuning: trials are counted up and judged, and processors without one are looked at for a change worth trying.
import type { EvidenceAsk, TunedPastPort, TuningEvent } from '../ports/tuning-port.ts';
import { advanceTrial, stoppedTrial } from './advance-trial.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import { currentValue } from '../domain/tuning/tuned-settings.ts';
import {
  isOf,
  isTrying,
  nextRevision,
  type TuningShelf,
  valuesOf,
  withBegun,
  withoutOthers,
  withStanding,
} from '../domain/tuning/tuning-shelf.ts';
import { lookAt, nextOptimization, type ProcessorLook } from '../domain/tuning/next-optimization.ts';
import { NO_EVIDENCE } from '../domain/tuning/processor-evidence.ts';
import type { HistoryFault } from '../ports/history-port.ts';
import type { Shift } from '../ports/job-port.ts';
import type { TuningSettings } from '../domain/tuning/tuning-settings.ts';
import type { World } from '../ports/world.ts';

export type TuningWorld = Pick<World, 'tuning' | 'registry' | 'now' | 'nonce'>;

interface Round {
  readonly settings: TuningSettings;
  readonly configuration: Configuration;
  readonly epochs: ReadonlyMap<string, number>;
  readonly past: TunedPastPort | null;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Saved once, at its end: a run that is killed has changed nothing, and of two the first one counts. Throws where the book or the Registry is away; where history is, at the end. */
export async function tuneSettings(
  world: TuningWorld,
  settings: TuningSettings,
  { signal, count }: Pick<Shift, 'signal' | 'count'>,
): Promise<void> {
  const { tuning } = world;
  const [before, configuration] = await Promise.all([tuning.book.read(), world.registry.configuration()]);
  const epochs = new Map<string, number>(configuration.processors.map(({ id, epoch }) => [id, epoch]));
  const round: Round = { settings, configuration, epochs, past: tuning.past, now: world.now(), signal };
  const judged = await withTrialsAdvanced(withoutOthers(before, epochs), round);
  const { shelf: after, fault } = await withNextBegun(judged, round, world.nonce);
  const events = eventsBetween(before, after);
  const isKept = after === before || (await tuning.book.save(nextRevision(after)));
  count({ ...countsOf(before, after), rounds_lost: isKept ? 0 : 1 });
  if (isKept && events.length > 0) {
    tuning.forget();
    await tuning.tell(events);
  }
  if (fault !== null) throw new Error(`history cannot be asked: ${fault.reason}`);
}

async function withTrialsAdvanced(shelf: TuningShelf, round: Round): Promise<TuningShelf> {
  let after = shelf;
  for (const trial of shelf.optimizations) {
    const { standing } = trial;
    if (standing.state !== 'trying') continue;
    const { past, now, signal } = round;
    const stop = whyStop(round, isOf(trial, round.epochs));
    const processor = round.configuration.processors.find(({ id }) => id === trial.processorId);
    const timeoutMs = currentValue('timeout_ms', valuesOf(shelf, trial.processorId, trial.epoch), {
      maxTps: processor?.maxTps ?? null,
    });
    const next =
      stop !== null || past === null
        ? stoppedTrial(trial, standing, stop ?? NO_HISTORY, now)
        : await advanceTrial(trial, standing, { past, now, timeoutMs, signal });
    if (next !== standing) after = withStanding(after, trial.id, next);
  }
  return after;
}

const NO_HISTORY = 'There is no history to measure it by';

function whyStop({ settings, past }: Round, isRegistered: boolean): string | null {
  if (!isRegistered) return 'The processor is no longer what it was';
  if (!settings.isOn) return 'Tuning was switched off';
  if (settings.isConservative) return 'Conservative mode changes nothing';
  return past === null ? NO_HISTORY : null;
}

interface Begun {
  readonly shelf: TuningShelf;
  readonly fault: HistoryFault | null;
}

async function withNextBegun(shelf: TuningShelf, round: Round, nonce: () => bigint): Promise<Begun> {
  const { settings, past, now, configuration, epochs, signal } = round;
  if (!settings.isOn || past === null || signal.aborted) return { shelf, fault: null };
  const free = configuration.processors.filter(
    ({ id }) => !shelf.optimizations.some((one) => one.processorId === id && isTrying(one)),
  );
  if (free.length === 0) return { shelf, fault: null };
  const asks = free.map(
    ({ id, epoch }): EvidenceAsk => ({ processorId: id, epoch, sinceMs: lastChange(shelf, id, epoch) }),
  );
  const reply = await past.evidence(asks, now);
  if (!reply.ok) return { shelf, fault: reply.fault };
  let after = shelf;
  const looks: ProcessorLook[] = [];
  for (const processor of free) {
    const { id, epoch } = processor;
    const evidence = reply.value.get(id) ?? NO_EVIDENCE;
    looks.push(lookAt(id, evidence, now));
    const values = valuesOf(shelf, id, epoch);
    const earlier = shelf.optimizations.filter((one) => one.processorId === id && one.epoch === epoch);
    const { isConservative } = settings;
    const next = nextOptimization(evidence, { processor, values, past: earlier, now, isConservative, nonce: nonce() });
    if (next !== null) after = withBegun(after, next);
  }
  // Of those on trial the look that led to it stands.
  const others = shelf.looks.filter(
    (one) => epochs.has(one.processorId) && !free.some(({ id }) => id === one.processorId),
  );
  return { shelf: { ...after, looks: [...others, ...looks] }, fault: null };
}

/** Evidence is of the settings that hold. */
function lastChange({ optimizations }: TuningShelf, processorId: string, epoch: number): number {
  const ends = optimizations.flatMap((one) =>
    one.processorId === processorId && one.epoch === epoch && 'endedAtMs' in one.standing
      ? [one.standing.endedAtMs]
      : [],
  );
  return Math.max(0, ...ends);
}

const stateIn = ({ optimizations }: TuningShelf): ReadonlyMap<string, string> =>
  new Map(optimizations.map(({ id, standing }) => [id, standing.state]));

/** What has been applied or taken back; advice changes nothing. */
export function eventsBetween(before: TuningShelf, after: TuningShelf): readonly TuningEvent[] {
  const known = stateIn(before);
  return after.optimizations
    .filter(({ id, standing }) => standing.state !== 'advised' && standing.state !== known.get(id))
    .map((optimization) => ({ type: 'optimization_applied', optimization }));
}

function countsOf(before: TuningShelf, after: TuningShelf): Record<string, number> {
  const known = stateIn(before);
  const changed = after.optimizations.filter(({ id, standing }) => standing.state !== known.get(id));
  const counts = (state: string): number => changed.filter(({ standing }) => standing.state === state).length;
  return {
    trials_open: after.optimizations.filter(isTrying).length,
    trials_begun: counts('trying'),
    kept: counts('kept'),
    reverted: counts('reverted'),
    advised: counts('advised'),
  };
}
