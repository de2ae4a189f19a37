// Every five minutes: each processor's object looks for attempts that have been unknown for too long, and tells people.
import type { Configuration } from '../src/domain/configuration/configuration.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { ProcessorAddress } from '../src/domain/health/processor-address.ts';

export const sheet: JobSheet = {
  name: 'sweep-unknowns',
  summary: 'Looks for attempts that have been unknown for too long.',
  crons: ['*/5 * * * *'],
  timeLimitMs: 60_000,
};

/** Idempotent: a doubled run finds that all is told. One object that is away keeps no other from being asked. */
export async function run(
  { processors }: Pick<Configuration, 'processors'>,
  sweep: (address: ProcessorAddress) => Promise<void>,
  { count }: Pick<Shift, 'count'>,
): Promise<void> {
  const ends = await Promise.allSettled(processors.map(async (processor) => await sweep(processor)));
  const faults = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  count({ processors_swept: ends.length - faults.length, processors_away: faults.length });
  if (faults.length > 0)
    throw new AggregateError(faults, `${faults.length} of ${ends.length} processors were not swept`);
}
