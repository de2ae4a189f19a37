// Lets go of the days of history that are older than they are to be kept, and says which; makes the days to come.
import { keptFromMs, type RetentionRead } from '../domain/history/retention.ts';
import type { Actor, RegistryPort } from '../ports/registry-port.ts';
import type { HistoryKeeperPort, HistoryReply } from '../ports/history-port.ts';

export interface RetireWorld {
  readonly keeper: HistoryKeeperPort;
  readonly registry: Pick<RegistryPort, 'note'>;
  readonly retention: RetentionRead;
  readonly now: () => number;
}

export interface Retired {
  readonly partitionsMade: number;
  readonly dropped: readonly string[];
  readonly archived: readonly string[];
}

const DAYS_AHEAD = 3;
/** Somebody who writes is in the way for moments at a time. */
const ATTEMPTS = 3;
/** In the audit log: as many names as people read. */
const NAMES_MAX = 40;

/** Throws where nothing may be done, and says why. */
export async function retireHistory({ keeper, registry, retention, now }: RetireWorld, actor: Actor): Promise<Retired> {
  if (!retention.ok) throw new Error(retention.issues.map(({ field, message }) => `${field} ${message}`).join('; '));
  const { settings } = retention;
  // Of two clocks the one behind is believed: what is dropped does not come back.
  const theirMs = valueOf(await keeper.clock(), 'asked for the time');
  const beforeMs = Math.min(keptFromMs(settings, now()), keptFromMs(settings, theirMs));
  const partitionsMade = valueOf(await keeper.makePartitions(Math.min(now(), theirMs), DAYS_AHEAD), 'made ready');
  const retire = async () =>
    settings.archives ? await keeper.archivePartitionsBefore(beforeMs) : await keeper.dropPartitionsBefore(beforeMs);
  const names = valueOf(await again(retire), 'retired');
  if (names.length > 0) {
    const action = settings.archives ? 'archive_history' : 'drop_history';
    const told =
      names.slice(0, NAMES_MAX).join(' ') + (names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : '');
    await registry.note(action, `before ${new Date(beforeMs).toISOString().slice(0, 10)}`, actor, told);
  }
  return {
    partitionsMade,
    ...(settings.archives ? { dropped: [], archived: names } : { dropped: names, archived: [] }),
  };
}

async function again<Value>(ask: () => Promise<HistoryReply<Value>>): Promise<HistoryReply<Value>> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ask();
    if (reply.ok || attempt === ATTEMPTS) return reply;
  }
}

function valueOf<Value>(reply: HistoryReply<Value>, what: string): Value {
  if (reply.ok) return reply.value;
  const { fault } = reply;
  throw new Error(`history was not ${what}: ${'code' in fault ? `${fault.reason} ${fault.code}` : fault.reason}`);
}
