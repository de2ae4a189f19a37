// Adds up what the processors' objects have counted of experiments, judges it, and stops the arm that loses. Rules: SPEC.md [EXP].
import { addTallies, EMPTY_TALLY, type ArmTallies } from '../domain/experiments/arm-tally.ts';
import { judge, JUDGING_DEFAULT, type Judgement } from '../domain/experiments/judgement.ts';
import { runKey } from '../domain/experiments/experiment-run.ts';
import { stopReason } from '../domain/experiments/stopped-arm.ts';
import type { Configuration, RegisteredExperiment } from '../domain/configuration/configuration.ts';
import type { ProcessorPort } from '../ports/processor-port.ts';
import type { RegistryPort } from '../ports/registry-port.ts';

export interface JudgedExperiment {
  readonly experiment: RegisteredExperiment;
  readonly judgement: Judgement;
  /** Processors that did not answer: without theirs the counts are not whole, and nothing follows from them. */
  readonly away: readonly string[];
}

type Processors = Pick<ProcessorPort, 'arms'>;

/** One question to each processor, for all of the experiments at once. */
export async function judgeExperiments(
  processors: Processors,
  configuration: Pick<Configuration, 'processors'>,
  experiments: readonly RegisteredExperiment[],
): Promise<readonly JudgedExperiment[]> {
  if (experiments.length === 0) return [];
  // Where none has begun, nothing was counted under any name.
  const runs = experiments.map(({ id, run }) => (run === undefined ? '' : runKey({ id, run })));
  const answers = await Promise.all(
    configuration.processors.map(async (processor) => ({
      id: processor.id,
      tallies: await processors.arms(processor, runs),
    })),
  );
  const away = answers.filter(({ tallies }) => tallies === null).map(({ id }) => id);
  return experiments.map((experiment, index) => {
    const all = answers.flatMap(({ tallies }) => (tallies === null ? [] : [tallies[index]!]));
    const sum = all.reduce<ArmTallies>(
      ([first, second], [one, other]) => [addTallies(first, one), addTallies(second, other)],
      [EMPTY_TALLY, EMPTY_TALLY],
    );
    return { experiment, judgement: judge(sum, experiment.shareA, experiment.judging ?? JUDGING_DEFAULT), away };
  });
}

export interface Guarded {
  readonly judged: number;
  readonly stopped: number;
  /** Not judged, for want of what a processor counted. */
  readonly waiting: number;
}

/** Idempotent: an arm that is stopped is not stopped again, and of a run that is over nothing is. */
export async function guardExperiments(
  registry: Pick<RegistryPort, 'configuration' | 'change'>,
  processors: Processors,
  requestId: string,
): Promise<Guarded> {
  const configuration = await registry.configuration();
  const running = configuration.experiments.filter(({ enabled, run }) => enabled && run?.stopped === null);
  const judged = await judgeExperiments(processors, configuration, running);
  let [stopped, waiting] = [0, 0];
  for (const { experiment, judgement, away } of judged) {
    const { judging = JUDGING_DEFAULT } = experiment;
    if (away.length > 0) waiting += 1;
    else if (judgement.losing !== null && judging.stopsByItself && experiment.run !== undefined) {
      const { id, run } = experiment;
      const why = stopReason(experiment, judgement, judgement.losing);
      const change = { op: 'stop_arm', id, sinceVersion: run.sinceVersion, arm: judgement.losing, why } as const;
      // Whatever else was changed meanwhile: the change names the run that was judged.
      const reply = await registry.change(change, { keyId: 'guardrail', requestId }, null);
      if (reply.ok) stopped += 1;
    }
  }
  return { judged: judged.length - waiting, stopped, waiting };
}
