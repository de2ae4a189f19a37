// What stopping an arm of an experiment, and opening it again, make of the list of experiments. Rules: SPEC.md [EXP].
import type { Experiment, RegisteredExperiment } from '../configuration/configuration.ts';
import type { Judgement } from './judgement.ts';

interface Stop {
  readonly id: string;
  readonly sinceVersion: number;
  readonly arm: 0 | 1;
  readonly why: string;
}

/** `null`: everything is so already. */
type Stopped =
  | { readonly experiments: readonly RegisteredExperiment[] }
  | { readonly ok: false; readonly reason: 'not_found' }
  | null;

/** A run that is over is not found: whoever stops its arm has seen what no longer counts. */
export function withStoppedArm(experiments: readonly RegisteredExperiment[], stop: Stop, now: number): Stopped {
  const held = experiments.find(({ id, run }) => id === stop.id && run?.sinceVersion === stop.sinceVersion);
  if (held?.run === undefined) return { ok: false, reason: 'not_found' };
  if (held.run.stopped !== null) return null;
  const stopped = { arm: stop.arm, atMs: now, why: stop.why };
  const after = { ...held, run: { ...held.run, stopped } };
  return { experiments: experiments.map((experiment) => (experiment === held ? after : experiment)) };
}

/** Without a run: applying the change begins one. */
export function reopened(experiments: readonly RegisteredExperiment[], wanted: string): Stopped {
  const held = experiments.find(({ id }) => id === wanted);
  if (held === undefined) return { ok: false, reason: 'not_found' };
  if ((held.run?.stopped ?? null) === null) return null;
  const { run: _run, ...after } = held;
  return { experiments: experiments.map((experiment) => (experiment === held ? after : experiment)) };
}

const points = (share: number): string => `${(share * 100).toFixed(1)}`;

/** For people, as the audit log and the API tell it. */
export function stopReason({ arms }: Pick<Experiment, 'arms'>, judgement: Judgement, losing: 0 | 1): string {
  const { difference } = judgement;
  const [own, other] = [judgement.arms[losing], judgement.arms[losing === 0 ? 1 : 0]];
  const rates = `${points(own.rate ?? 0)}% of ${own.count} against ${points(other.rate ?? 0)}% of ${other.count}`;
  const sign = losing === 1 ? -1 : 1;
  const [least, most] = [(difference?.low ?? 0) * sign, (difference?.high ?? 0) * sign].sort((a, b) => a - b);
  return `${arms[losing].name} succeeds in ${rates}: ${points(least ?? 0)} to ${points(most ?? 0)} points fewer`;
}
