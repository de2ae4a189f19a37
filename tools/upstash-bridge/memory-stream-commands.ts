// Streams of the in-memory form without their groups: XADD, XLEN, XRANGE, XREVRANGE, XDEL and XTRIM.
import { type Keyspace, numberOf, readIdOr, SYNTAX } from './memory-keyspace.ts';
import { shownItem } from './memory-group-commands.ts';
import { type EntryId, FIRST_ID, idText, LAST_ID, nextId } from './memory-stream.ts';
import { RedisFault, type RedisReply } from './redis-backend.ts';

/** `MAXLEN [=|~] n` at the head of the words; taken out of them. A limit that may be loose is kept exactly here. */
function takeLengthMax(words: string[]): number | null {
  if (words[0]?.toUpperCase() !== 'MAXLEN') return null;
  words.shift();
  if (words[0] === '=' || words[0] === '~') words.shift();
  return numberOf(words.shift() ?? '');
}

export function add(keys: Keyspace, [key, ...words]: readonly string[], nowMs: number): RedisReply {
  const lengthMax = takeLengthMax(words);
  const [id, ...fields] = words;
  if (key === undefined || id === undefined || fields.length === 0 || fields.length % 2 !== 0)
    return new RedisFault("ERR wrong number of arguments for 'xadd' command");
  const wanted = id === '*' ? null : readIdOr(id, FIRST_ID);
  const stream = keys.streamOrNew(key);
  // Read as a number, the greatest id is a little more than it is.
  if (wanted === null && stream.lastId.sequence >= 2 ** 64)
    return new RedisFault('ERR The stream has exhausted the last possible ID, unable to add more items');
  const added = stream.add(wanted, fields, nowMs);
  if (added === null)
    return new RedisFault('ERR The ID specified in XADD is equal or smaller than the target stream top item');
  if (lengthMax !== null) stream.trim(lengthMax);
  return idText(added);
}

export const length = (keys: Keyspace, [key]: readonly string[]): RedisReply => keys.stream(key!)?.length ?? 0;

export function range(keys: Keyspace, [key, start, end, ...rest]: readonly string[]): RedisReply {
  if (start === undefined || end === undefined) return SYNTAX;
  const found = keys.stream(key!)?.range(fromOf(start), toOf(end), countOf(rest)) ?? [];
  return found.map(shownItem);
}

export function reverseRange(keys: Keyspace, [key, end, start, ...rest]: readonly string[]): RedisReply {
  if (start === undefined || end === undefined) return SYNTAX;
  const found = keys.stream(key!)?.reverseRange(fromOf(start), toOf(end), countOf(rest)) ?? [];
  return found.map(shownItem);
}

/** A bracket leaves the id itself out. */
function fromOf(text: string): EntryId {
  return text.startsWith('(') ? nextId(readIdOr(text.slice(1), FIRST_ID)) : readIdOr(text, FIRST_ID);
}

function toOf(text: string): EntryId {
  if (!text.startsWith('(')) return readIdOr(text, LAST_ID);
  const { ms, sequence } = readIdOr(text.slice(1), FIRST_ID);
  return sequence > 0 ? { ms, sequence: sequence - 1 } : { ms: ms - 1, sequence: Infinity };
}

const countOf = ([word, count]: readonly string[]): number =>
  word?.toUpperCase() === 'COUNT' && count !== undefined ? numberOf(count) : Infinity;

export function remove(keys: Keyspace, [key, ...ids]: readonly string[]): RedisReply {
  const stream = keys.stream(key!);
  return stream === null ? 0 : ids.filter((id) => stream.remove(readIdOr(id, FIRST_ID))).length;
}

export function trim(keys: Keyspace, [key, ...words]: readonly string[]): RedisReply {
  const lengthMax = takeLengthMax(words);
  if (lengthMax === null) return SYNTAX;
  return keys.stream(key!)?.trim(lengthMax) ?? 0;
}
