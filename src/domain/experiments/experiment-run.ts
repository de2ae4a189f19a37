// Which run of an experiment a decision belongs to: what one run counted is never mixed with another's. Rules: SPEC.md [EXP].
import type { Configuration, Experiment, ExperimentRun, RegisteredExperiment } from '../configuration/configuration.ts';

/** The runs of one experiment are told apart by the configuration version that they began with. */
export const runKey = ({ id, run }: { readonly id: string; readonly run: ExperimentRun }): string =>
  `${id}@${run.sinceVersion}`;

/** One byte of the decision's token: 0 none, else 1 + 2 x slot + arm. A stopped experiment counts no decision. */
export function armByte(
  experiments: readonly RegisteredExperiment[],
  chosen: { id: string; arm: 0 | 1 } | null,
): number {
  const run = chosen === null ? undefined : experiments.find(({ id }) => id === chosen.id)?.run;
  return chosen === null || run === undefined || run.stopped !== null ? 0 : 1 + 2 * run.slot + chosen.arm;
}

export interface ArmOfDecision {
  /** 0 none, 1 the first arm, 2 the second. */
  readonly arm: 0 | 1 | 2;
  /** `null`: none, or its run is over. */
  readonly run: string | null;
}

const NO_ARM: ArmOfDecision = { arm: 0, run: null };

/** `configVersion`: of the decision. A slot is given out again; a run that began after the decision is not its own. */
export function readArm(
  experiments: readonly RegisteredExperiment[],
  byte: number,
  configVersion: number,
): ArmOfDecision {
  if (byte === 0) return NO_ARM;
  const slot = (byte - 1) >> 1;
  const arm = ((byte - 1) & 1) === 0 ? 1 : 2;
  for (const { id, run } of experiments)
    if (run?.slot === slot && run.sinceVersion <= configVersion) return { arm, run: runKey({ id, run }) };
  return { arm, run: null };
}

/** The run goes on under a new name, or while it is switched off; under other arms, shares, segments or tests another begins. */
export function carryingRun(experiment: Experiment, held: RegisteredExperiment | undefined): RegisteredExperiment {
  if (held?.run === undefined || definitionOf(experiment) !== definitionOf(held)) return experiment;
  return { ...experiment, run: held.run };
}

const definitionOf = ({ stickyBy, paymentMethods, countries, shareA, arms, judging }: Experiment): string =>
  JSON.stringify([stickyBy, paymentMethods, countries, shareA, arms.map(({ strategy }) => strategy), judging]);

/** Every experiment has a run. All begin anew where a processor is gone: what it counted went with it. The same list when nothing begins. */
export function withRuns(before: Configuration, after: Configuration, now: number): readonly RegisteredExperiment[] {
  const kept = new Set(after.processors.map(({ id, epoch }) => `${id} ${epoch}`));
  const isGone = before.processors.some(({ id, epoch }) => !kept.has(`${id} ${epoch}`));
  const begins = ({ run }: RegisteredExperiment): boolean => run === undefined || (isGone && run.stopped === null);
  if (!after.experiments.some(begins)) return after.experiments;
  const taken = new Set(after.experiments.flatMap(({ run }) => (run === undefined ? [] : [run.slot])));
  return after.experiments.map((experiment) => {
    if (!begins(experiment)) return experiment;
    let slot = experiment.run?.slot ?? 0;
    if (experiment.run === undefined) while (taken.has(slot)) slot += 1;
    taken.add(slot);
    return { ...experiment, run: { slot, sinceVersion: after.version, sinceMs: now, stopped: null } };
  });
}
