// Consumer groups of the in-memory form: XGROUP CREATE, XREADGROUP, XACK, XPENDING, XINFO GROUPS, XAUTOCLAIM and XCLAIM in the forms that Signalbox sends.
import { type Keyspace, numberOf, readIdOr, SYNTAX, takeOption } from './memory-keyspace.ts';
import { compareIds, type Group, idText, type MemoryStream, nextId, type PendingItem } from './memory-stream.ts';
import { FIRST_ID, LAST_ID, type StreamItem } from './memory-stream.ts';
import { RedisFault, type RedisReply } from './redis-backend.ts';

/** Redis looks at so many pending entries for each one it may claim. */
const ATTEMPTS_PER_COUNT = 10;
const COUNT_DEFAULT = 100;

export function createGroup(keys: Keyspace, [action, key, name, start, ...rest]: readonly string[]): RedisReply {
  if (action?.toUpperCase() !== 'CREATE' || key === undefined || name === undefined || start === undefined)
    return SYNTAX;
  const makesStream = rest.some((word) => word.toUpperCase() === 'MKSTREAM');
  const stream = makesStream ? keys.streamOrNew(key) : keys.stream(key);
  if (stream === null)
    return new RedisFault(
      'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
    );
  if (stream.groups.has(name)) return new RedisFault('BUSYGROUP Consumer Group name already exists');
  const lastDelivered = start === '$' ? stream.lastId : readIdOr(start, FIRST_ID);
  stream.groups.set(name, { lastDelivered, pending: new Map() });
  return 'OK';
}

/** New entries only, of one stream. */
export function readGroup(keys: Keyspace, given: readonly string[], nowMs: number): RedisReply {
  const words = [...given];
  const count = takeOption(words, 'COUNT', 1)?.[0];
  const [group, name, consumer, streams, key, from] = words;
  if (group?.toUpperCase() !== 'GROUP' || streams?.toUpperCase() !== 'STREAMS' || words.length !== 6) return SYNTAX;
  if (from !== '>') return new RedisFault('ERR the in-memory form reads new entries only');
  const held = groupOf(keys, key!, name!);
  if (held === null)
    return new RedisFault(`NOGROUP No such key '${key}' or consumer group '${name}' in XREADGROUP with GROUP option`);
  const countMax = count === undefined ? Infinity : numberOf(count);
  const items = held.stream.range(nextId(held.group.lastDelivered), LAST_ID, countMax);
  for (const { id } of items) {
    held.group.lastDelivered = id;
    held.group.pending.set(idText(id), { id, consumer: consumer!, deliveredAtMs: nowMs, deliveries: 1 });
  }
  return items.length === 0 ? null : [[key!, items.map(shownItem)]];
}

export function acknowledge(keys: Keyspace, [key, name, ...ids]: readonly string[]): RedisReply {
  const held = groupOf(keys, key!, name!);
  return held === null ? 0 : ids.filter((id) => held.group.pending.delete(idText(readIdOr(id, LAST_ID)))).length;
}

export function listPending(keys: Keyspace, given: readonly string[], nowMs: number): RedisReply {
  const words = [...given];
  const [key, name] = words.splice(0, 2);
  const held = groupOf(keys, key!, name!);
  if (held === null) return noGroup(key!, name!);
  const pending = [...held.group.pending.values()];
  if (words.length === 0) return pendingSummary(pending);
  const idleMs = numberOf(takeOption(words, 'IDLE', 1)?.[0] ?? '0');
  const [start, end, count, consumer] = words;
  if (start === undefined || end === undefined || count === undefined) return SYNTAX;
  const [first, last] = [readIdOr(start, FIRST_ID), readIdOr(end, LAST_ID)];
  return pending
    .filter(({ id }) => compareIds(id, first) >= 0 && compareIds(id, last) <= 0)
    .filter((item) => nowMs - item.deliveredAtMs >= idleMs && (consumer ?? item.consumer) === item.consumer)
    .slice(0, numberOf(count))
    .map((item) => [idText(item.id), item.consumer, nowMs - item.deliveredAtMs, item.deliveries]);
}

/** Of each group what its reader has to do; `lag` as Redis reckons it while nothing was deleted. */
export function groupInfo(keys: Keyspace, [what, key]: readonly string[]): RedisReply {
  if (what?.toUpperCase() !== 'GROUPS' || key === undefined) return SYNTAX;
  const stream = keys.stream(key);
  if (stream === null) return new RedisFault('ERR no such key');
  return [...stream.groups].map(([name, { pending, lastDelivered }]) => {
    const lag = stream.range(nextId(lastDelivered), LAST_ID, Infinity).length;
    return ['name', name, 'pending', pending.size, 'last-delivered-id', idText(lastDelivered), 'lag', lag];
  });
}

function pendingSummary(pending: readonly PendingItem[]): RedisReply {
  const counts = new Map<string, number>();
  for (const { consumer } of pending) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
  const [first, last] = [pending[0], pending.at(-1)];
  if (first === undefined || last === undefined) return [0, null, null, null];
  const perConsumer = [...counts].sort().map(([consumer, count]) => [consumer, String(count)]);
  return [pending.length, idText(first.id), idText(last.id), perConsumer];
}

/** Entries that are no longer in the stream leave the group, and are told apart. */
export function autoClaim(keys: Keyspace, given: readonly string[], nowMs: number): RedisReply {
  const words = [...given];
  const count = numberOf(takeOption(words, 'COUNT', 1)?.[0] ?? String(COUNT_DEFAULT));
  const [key, name, consumer, idle, start] = words;
  if (start === undefined || words.length !== 5) return SYNTAX;
  const held = groupOf(keys, key!, name!);
  if (held === null) return noGroup(key!, name!);
  const first = readIdOr(start, FIRST_ID);
  const candidates = [...held.group.pending.values()].filter(({ id }) => compareIds(id, first) >= 0);
  const claimed: StreamItem[] = [];
  const gone: string[] = [];
  let looked = 0;
  while (looked < candidates.length && looked < count * ATTEMPTS_PER_COUNT && claimed.length + gone.length < count) {
    const candidate = candidates[looked++]!;
    const item = held.stream.item(candidate.id);
    if (item === undefined) {
      held.group.pending.delete(idText(candidate.id));
      gone.push(idText(candidate.id));
    } else if (nowMs - candidate.deliveredAtMs >= numberOf(idle!)) {
      Object.assign(candidate, { consumer, deliveredAtMs: nowMs, deliveries: candidate.deliveries + 1 });
      claimed.push(item);
    }
  }
  const cursor = candidates[looked]?.id ?? FIRST_ID;
  return [idText(cursor), claimed.map(shownItem), gone];
}

/** `JUSTID` with a `RETRYCOUNT`: the form that gives a delivery back. */
export function claim(keys: Keyspace, given: readonly string[], nowMs: number): RedisReply {
  const words = [...given];
  const retries = takeOption(words, 'RETRYCOUNT', 1)?.[0];
  const justId = takeOption(words, 'JUSTID', 0);
  const [key, name, consumer, idle, ...ids] = words;
  if (retries === undefined || justId === null || idle === undefined) return SYNTAX;
  const held = groupOf(keys, key!, name!);
  if (held === null) return noGroup(key!, name!);
  const claimed = ids.filter((id) => {
    const item = held.group.pending.get(idText(readIdOr(id, LAST_ID)));
    if (item === undefined || nowMs - item.deliveredAtMs < numberOf(idle)) return false;
    Object.assign(item, { consumer, deliveredAtMs: nowMs, deliveries: numberOf(retries) });
    return true;
  });
  return claimed;
}

export const shownItem = ({ id, fields }: StreamItem): RedisReply => [idText(id), fields];

function groupOf(keys: Keyspace, key: string, name: string): { stream: MemoryStream; group: Group } | null {
  const stream = keys.stream(key);
  const group = stream?.groups.get(name);
  return stream === null || group === undefined ? null : { stream, group };
}

const noGroup = (key: string, name: string): RedisFault =>
  new RedisFault(`NOGROUP No such key '${key}' or consumer group '${name}'`);
