// The in-memory form of Redis, for machines without one: the commands Signalbox sends and no others, under the contract suite of the real one.
import * as groups from './memory-group-commands.ts';
import * as streams from './memory-stream-commands.ts';
import { CommandFault, Keyspace, numberOf, SYNTAX, takeOption } from './memory-keyspace.ts';
import { type RedisBackend, type RedisCommand, RedisFault, type RedisReply } from './redis-backend.ts';

type Run = (keys: Keyspace, words: readonly string[], nowMs: number) => RedisReply;

const COMMANDS: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['PING', () => 'PONG'],
  ['GET', (keys, [key]) => keys.text(key!)],
  ['SET', set],
  ['DEL', (keys, words) => words.filter((key) => keys.delete(key)).length],
  ['XADD', streams.add],
  ['XLEN', streams.length],
  ['XRANGE', streams.range],
  ['XREVRANGE', streams.reverseRange],
  ['XDEL', streams.remove],
  ['XTRIM', streams.trim],
  ['XGROUP', groups.createGroup],
  ['XREADGROUP', groups.readGroup],
  ['XACK', groups.acknowledge],
  ['XPENDING', groups.listPending],
  ['XINFO', groups.groupInfo],
  ['XAUTOCLAIM', groups.autoClaim],
  ['XCLAIM', groups.claim],
]);

/** `now`: milliseconds; a test may hand in a clock of its own. */
export function createMemoryBackend(now: () => number): RedisBackend {
  const keys = new Keyspace(now);
  const run = ([name, ...words]: RedisCommand): RedisReply => {
    const command = COMMANDS.get(name?.toUpperCase() ?? '');
    if (command === undefined) return unknown(name);
    try {
      return command(keys, words, now());
    } catch (error) {
      if (error instanceof CommandFault) return error.fault;
      throw error;
    }
  };
  return {
    kind: 'memory',
    processIds: [],
    run: (commands) => Promise.resolve(commands.map(run)),
    transact: (commands) => {
      const isKnown = commands.every(([name]) => COMMANDS.has(name?.toUpperCase() ?? ''));
      if (!isKnown)
        return Promise.resolve(new RedisFault('EXECABORT Transaction discarded because of previous errors.'));
      return Promise.resolve(commands.map(run));
    },
    close: () => Promise.resolve(),
  };
}

const unknown = (name: string | undefined): RedisFault => new RedisFault(`ERR unknown command '${name ?? ''}'`);

function set(keys: Keyspace, [key, text, ...rest]: readonly string[]): RedisReply {
  const words = [...rest];
  const seconds = takeOption(words, 'EX', 1)?.[0];
  const ms = takeOption(words, 'PX', 1)?.[0];
  const onlyNew = takeOption(words, 'NX', 0) !== null;
  const onlyHeld = takeOption(words, 'XX', 0) !== null;
  if (key === undefined || text === undefined || words.length > 0) return SYNTAX;
  if ((onlyNew && keys.has(key)) || (onlyHeld && !keys.has(key))) return null;
  const ttlMs = ms !== undefined ? numberOf(ms) : seconds !== undefined ? numberOf(seconds) * 1_000 : Infinity;
  if (ttlMs <= 0) return new RedisFault("ERR invalid expire time in 'set' command");
  keys.setText(key, text, ttlMs);
  return 'OK';
}
