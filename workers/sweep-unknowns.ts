// Every five minutes: each processor's object looks for attempts that have been unknown for too long, and tells people.
import type { Configuration } from '../src/domain/configuration/configuration.ts';
import type { ProcessorAddress } from '../src/domain/health/processor-address.ts';

export const cron = '*/5 * * * *';

/** Idempotent: a doubled run finds that all is told. One object that is away keeps no other from being asked. */
export async function run(
  { processors }: Pick<Configuration, 'processors'>,
  sweep: (address: ProcessorAddress) => Promise<void>,
): Promise<void> {
  const ends = await Promise.allSettled(processors.map(async (processor) => await sweep(processor)));
  const faults = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (faults.length > 0)
    throw new AggregateError(faults, `${faults.length} of ${ends.length} processors were not swept`);
}
