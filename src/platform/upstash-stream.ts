// The stream port over Upstash's REST client: every call is tried once, bounded in time, and its answer is checked before it is believed.
import { errors, type Redis } from '@upstash/redis/cloudflare';
import { z } from 'zod';
import { letterOf, requestsOf, type WrittenLetter } from './letter-text.ts';
import { createUpstashClient } from './upstash-client.ts';
import type {
  Burial,
  DeadLetter,
  DeadLetterPort,
  KeptLetter,
  LetterPage,
  StreamEntry,
  StreamFault,
  StreamPort,
  StreamReply,
} from '../ports/stream-port.ts';
import type { StreamBacklog, StreamGauge } from '../ports/stream-desk.ts';

export interface UpstashStreamOptions {
  readonly url: string;
  readonly token: string;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly letterStream: string;
  /** Beyond it the oldest letters go. */
  readonly lettersMax: number;
  /** Of one call. */
  readonly timeoutMs: number;
}

export const LETTERS_MAX = 10_000;
const ID = /^\d{1,20}-\d{1,20}$/;

const Fields = z.array(z.string()).refine((words) => words.length % 2 === 0);
const Items = z.array(z.tuple([z.string(), Fields]));
/** Redis 6.2 puts a null where an entry is gone; from 7.0 on their ids come as a third list. */
const Claimed = z.tuple([z.string(), z.array(z.tuple([z.string(), Fields]).nullable())]).rest(z.array(z.string()));
const Pending = z.array(z.tuple([z.string(), z.string(), z.number(), z.number()]));
const Read = z.array(z.tuple([z.string(), Items])).nullable();
/** Names and values in turn, for each group. */
const Groups = z.array(z.array(z.union([z.string(), z.number(), z.null()])));
const Gauge = z.object({ pending: z.number(), lag: z.number().nullable().default(null) });
export function createUpstashStream(options: UpstashStreamOptions): StreamPort & DeadLetterPort & StreamGauge {
  return new UpstashStream(options);
}

type Command = readonly [name: string, ...words: (string | number)[]];

class UpstashStream implements StreamPort, DeadLetterPort, StreamGauge {
  readonly #options: UpstashStreamOptions;
  readonly #redis: Redis;

  constructor(options: UpstashStreamOptions) {
    this.#options = options;
    this.#redis = createUpstashClient(options);
  }

  async prepare(): Promise<StreamReply<null>> {
    const { stream, group } = this.#options;
    const made = await this.#ask(['XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM'], z.literal('OK'));
    const isThere = !made.ok && made.fault.reason === 'refused' && made.fault.code === 'BUSYGROUP';
    return made.ok || isThere ? DONE : made;
  }

  async readNew(countMax: number): Promise<StreamReply<readonly StreamEntry[]>> {
    const { stream, group, consumer } = this.#options;
    const command: Command = ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', countMax, 'STREAMS', stream, '>'];
    const read = await this.#ask(command, Read);
    if (!read.ok) return read;
    const items = read.value?.flatMap(([, each]) => each) ?? [];
    return { ok: true, value: items.map(([id, words]) => ({ id, fields: pairsOf(words), deliveries: 1 })) };
  }

  async stuck(idleMs: number, countMax: number): ReturnType<StreamPort['stuck']> {
    const { stream, group } = this.#options;
    const listed = await this.#ask(['XPENDING', stream, group, 'IDLE', idleMs, '-', '+', countMax], Pending);
    return listed.ok ? { ok: true, value: listed.value.map(([id, , , deliveries]) => ({ id, deliveries })) } : listed;
  }

  /** XAUTOCLAIM does not say how often an entry was handed out: XPENDING does, in the same transaction and by the same clock. */
  async claim(fromId: string, idleMs: number, countMax: number): ReturnType<StreamPort['claim']> {
    const { stream, group, consumer } = this.#options;
    const transaction = this.#redis
      .multi()
      .xpending(stream, group, fromId, '+', countMax, { idleTime: idleMs })
      .xautoclaim(stream, group, consumer, idleMs, fromId, { count: countMax });
    const told = await this.#transact(transaction, z.tuple([Pending, Claimed]));
    if (!told.ok) return told;
    const [pending, [, items, goneIds]] = told.value;
    const deliveries = new Map(pending.map(([id, , , before]) => [id, before + 1]));
    const entries = items.flatMap((item) =>
      item === null ? [] : [{ id: item[0], fields: pairsOf(item[1]), deliveries: deliveries.get(item[0]) ?? 1 }],
    );
    const cutOut = items.length - entries.length;
    return { ok: true, value: { entries, goneIds: goneIds ?? Array.from({ length: cutOut }, () => 'unknown') } };
  }

  async acknowledge(ids: readonly string[]): Promise<StreamReply<null>> {
    const { stream, group } = this.#options;
    return done(await this.#ask(['XACK', stream, group, ...ids], z.number()));
  }

  async giveBack(entries: readonly StreamEntry[]): Promise<StreamReply<null>> {
    const { stream, group, consumer } = this.#options;
    for (const deliveries of new Set(entries.map((entry) => entry.deliveries))) {
      const ids = entries.filter((entry) => entry.deliveries === deliveries).map(({ id }) => id);
      const command: Command = ['XCLAIM', stream, group, consumer, 0, ...ids, 'RETRYCOUNT', deliveries - 1, 'JUSTID'];
      const claimed = await this.#ask(command, z.array(z.string()));
      if (!claimed.ok) return claimed;
    }
    return DONE;
  }

  /** Two requests for each part: what MULTI began is not undone when an XADD in it fails, and an XACK behind it would lose the entry. */
  async bury(letters: readonly DeadLetter[]): Promise<Burial> {
    let buried = 0;
    let length: StreamReply<number> = { ok: true, value: 0 };
    for (const part of requestsOf(letters)) {
      const { keptIds, fault } = await this.#keep(part);
      if (keptIds.length > 0) {
        length = await this.#acknowledgeKept(keptIds);
        if (!length.ok) return { ...length, buried };
        buried += keptIds.length;
      }
      if (fault !== null) return { ok: false, fault, buried };
    }
    return { ...length, buried };
  }

  async #keep(
    part: readonly WrittenLetter[],
  ): Promise<{ readonly keptIds: readonly string[]; readonly fault: StreamFault | null }> {
    const { letterStream, lettersMax } = this.#options;
    const pipeline = this.#redis.pipeline();
    const trim = { type: 'MAXLEN', comparison: '=', threshold: lettersMax } as const;
    for (const { text } of part) pipeline.xadd(letterStream, '*', { letter: text }, { trim });
    const told = await this.#replies(pipeline);
    if (!told.ok) return { keptIds: [], fault: told.fault };
    if (told.value.length !== part.length) return { keptIds: [], fault: { reason: 'bad_answer' } };
    const isKept = ({ result }: Reply): boolean => typeof result === 'string' && ID.test(result);
    const refused = told.value.find((reply) => !isKept(reply));
    return {
      keptIds: part.filter((_, index) => isKept(told.value[index]!)).map(({ entryId }) => entryId),
      fault: refused === undefined ? null : faultOfReply(refused),
    };
  }

  async #acknowledgeKept(ids: readonly string[]): Promise<StreamReply<number>> {
    const { stream, group, letterStream } = this.#options;
    const transaction = this.#redis
      .multi()
      .xack(stream, group, [...ids])
      .xlen(letterStream);
    const told = await this.#transact(transaction, z.tuple([z.number(), z.number()]));
    return told.ok ? { ok: true, value: told.value[1] } : told;
  }

  /** The cursor is one that an earlier page gave. */
  async list(cursor: string | null, limit: number): Promise<StreamReply<LetterPage>> {
    const from = cursor === null ? '+' : `(${cursor}`;
    const command: Command = ['XREVRANGE', this.#options.letterStream, from, '-', 'COUNT', limit + 1];
    const found = await this.#ask(command, Items);
    if (!found.ok) return found;
    const page = found.value.slice(0, limit);
    const nextCursor = found.value.length > limit ? (page.at(-1)?.[0] ?? null) : null;
    return { ok: true, value: { letters: page.flatMap(letterIn), nextCursor } };
  }

  async find(ids: readonly string[]): Promise<StreamReply<readonly KeptLetter[]>> {
    const wellFormed = ids.filter((id) => ID.test(id));
    if (wellFormed.length === 0) return { ok: true, value: [] };
    const pipeline = this.#redis.pipeline();
    for (const id of wellFormed) pipeline.xrange(this.#options.letterStream, id, id);
    const found = await this.#transact(pipeline, z.array(Items));
    return found.ok ? { ok: true, value: found.value.flatMap((items) => items.flatMap(letterIn)) } : found;
  }

  async remove(ids: readonly string[]): Promise<StreamReply<null>> {
    return done(await this.#ask(['XDEL', this.#options.letterStream, ...ids], z.number()));
  }

  async backlog(): Promise<StreamReply<StreamBacklog>> {
    const { stream, group } = this.#options;
    const told = await this.#ask(['XINFO', 'GROUPS', stream], Groups);
    if (!told.ok) return told;
    const ours = told.value.map(namedOf).find(({ name }) => name === group);
    if (ours === undefined) return { ok: false, fault: { reason: 'no_group' } };
    const read = checked(Gauge, ours);
    return read.ok ? { ok: true, value: { pending: read.value.pending, waiting: read.value.lag } } : read;
  }

  async #ask<Value>([name, ...words]: Command, shape: z.ZodType<Value>): Promise<StreamReply<Value>> {
    try {
      return checked(shape, await this.#redis.exec([name, ...words]));
    } catch (error) {
      return { ok: false, fault: faultOf(error) };
    }
  }

  async #transact<Value>(commands: Commands, shape: z.ZodType<Value>): Promise<StreamReply<Value>> {
    const replies = await this.#replies(commands);
    if (!replies.ok) return replies;
    const failed = replies.value.find(({ error }) => error !== undefined && error !== null);
    if (failed !== undefined) return { ok: false, fault: faultOfReply(failed) };
    return checked(
      shape,
      replies.value.map(({ result }) => result),
    );
  }

  async #replies(commands: Commands): Promise<StreamReply<readonly Reply[]>> {
    try {
      return { ok: true, value: await commands.exec({ keepErrors: true }) };
    } catch (error) {
      return { ok: false, fault: faultOf(error) };
    }
  }
}

interface Reply {
  readonly result: unknown;
  readonly error?: string;
}
interface Commands {
  exec(options: { keepErrors: true }): Promise<readonly Reply[]>;
}

const DONE = { ok: true, value: null } as const;
const done = (reply: StreamReply<number>): StreamReply<null> => (reply.ok ? DONE : reply);

function checked<Value>(shape: z.ZodType<Value>, answer: unknown): StreamReply<Value> {
  const read = shape.safeParse(answer);
  return read.success ? { ok: true, value: read.data } : { ok: false, fault: { reason: 'bad_answer' } };
}

function faultOf(error: unknown): StreamFault {
  // Also an UpstashError, so it is asked for first.
  if (error instanceof errors.UpstashJSONParseError) return { reason: 'bad_answer' };
  if (error instanceof errors.UpstashError) return faultOfMessage(error.message);
  return { reason: 'unreachable' };
}

/** The first word alone: what follows it repeats the command, and with it what the entry held. */
function faultOfMessage(message: string): StreamFault {
  const code = /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? 'ERR';
  if (code === 'NOGROUP') return { reason: 'no_group' };
  if (code === 'WRONGPASS' || code === 'NOAUTH' || code === 'NOPERM' || message.startsWith('Unauthorized'))
    return { reason: 'unauthorised' };
  return { reason: 'refused', code };
}

const faultOfReply = ({ error }: Reply): StreamFault =>
  typeof error === 'string' ? faultOfMessage(error) : { reason: 'bad_answer' };

function pairsOf(words: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: words.length / 2 }, (_, index) => [words[2 * index]!, words[2 * index + 1]!] as const);
}

const namedOf = (words: readonly unknown[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Array.from({ length: words.length / 2 }, (_, index) => [words[2 * index], words[2 * index + 1]]));

const letterIn = ([id, words]: readonly [string, readonly string[]]): readonly KeptLetter[] =>
  letterOf(id, new Map(pairsOf(words)).get('letter'));
