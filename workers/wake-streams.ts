// Every minute: sees to it that each stream that is switched on has its next step, whatever became of the one before.
import { isReadStream } from '../src/domain/configuration/stream-source.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { RegistryPort } from '../src/ports/registry-port.ts';
import type { StreamReaders } from '../src/ports/stream-desk.ts';

export const sheet: JobSheet = {
  name: 'wake-streams',
  summary: 'Wakes the readers of streams, each of which sees to its own next step.',
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

/** Idempotent: a reader that has its next step is left alone. */
export async function run(
  registry: Pick<RegistryPort, 'sources'>,
  readers: Pick<StreamReaders, 'wake'>,
  { count }: Pick<Shift, 'count'>,
): Promise<void> {
  const streams = (await registry.sources()).filter(isReadStream);
  await Promise.all(streams.map(async ({ id }) => await readers.wake(id)));
  count({ streams_woken: streams.length });
}
