// The copy of the routing table in Upstash: the one entry of a stream, whose ids only rise, so that nobody overwrites what he has not seen.
import { errors, type Redis } from '@upstash/redis/cloudflare';
import { z } from 'zod';
import { copyText, joinTables, type KnownTable, readCopy } from '../domain/routing/known-table.ts';
import { createCopySeal, type CopySeal } from './copy-seal.ts';
import { createUpstashClient } from './upstash-client.ts';
import type { ReplicaPort } from '../ports/replica-port.ts';

export interface UpstashReplicaOptions {
  readonly url: string;
  readonly token: string;
  /** As of DECISION_SIGNING_KEYS. */
  readonly signingKeys: string;
  /** Of one call. */
  readonly timeoutMs: number;
  readonly clock: () => number;
}

/** With the number of the format: a version of this code that writes another one has a stream of its own. */
export const COPY_STREAM = 'signalbox:table:1';
/** Upstash takes requests of 10 MB and answers in base64. */
const COPY_CHARACTERS_MAX = 7_000_000;
/** A board that two others were quicker than in a row tries with its next change. */
const WRITES_MAX = 3;
/** Numbers begin at 1, or where a stream was begun anew at that time, and rise by one a copy: none of ours comes as far. */
const NUMBERS_AHEAD_MS = 86_400_000;

/** Its number in the stream, and the table unless the entry is nothing that one of our boards wrote. */
interface Written {
  readonly number: number;
  readonly table: KnownTable | null;
}

/** `id` is `null` where there is no entry. `blocks`: after what is there no copy can be written, whoever planted it. */
interface Entry extends Written {
  readonly id: string | null;
  readonly blocks: boolean;
}

const EMPTY: Entry = { id: null, number: 0, table: null, blocks: false };
/** The last one: every number there can be is given. */
const REFUSALS = ['equal or smaller', 'exhausted the last possible ID'];
const isWrongType = (error: unknown): boolean =>
  error instanceof errors.UpstashError && error.message.includes('WRONGTYPE');
const Entries = z.array(z.tuple([z.string(), z.array(z.string())])).max(1);

export class UpstashReplica implements ReplicaPort {
  readonly #options: UpstashReplicaOptions;
  /** Made at the first call: most requests make none, and a wrong address must not stop them. */
  #tools: { readonly redis: Redis; readonly seal: CopySeal } | null = null;
  /** What this writer knows that it wrote last. If anything was written since, its next write is refused. */
  #written: Written | null = null;

  constructor(options: UpstashReplicaOptions) {
    this.#options = options;
  }

  async publish(own: KnownTable): Promise<void> {
    let before: Entry = this.#written === null ? await this.#newest() : { id: null, ...this.#written, blocks: false };
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const now = this.#options.clock();
      const table = before.table === null ? own : joinTables(before.table, own, now);
      const isCleared = before.blocks && (await this.#clear(before));
      // Begun anew at the time of day: who remembers a number of before is refused, and reads.
      const entry = { number: isCleared ? now : before.number + 1, table };
      const isTried = before.blocks === isCleared;
      if (isTried && (await this.#write(entry))) {
        this.#written = entry;
        return;
      }
      const newest = await this.#newest();
      // Refused and yet empty: its entry was deleted, and the stream remembers a number from beyond.
      before = isTried && newest.id === null ? { ...newest, blocks: true } : newest;
    }
    throw new Error('other boards were quicker each time');
  }

  async read(): Promise<KnownTable | null> {
    return (await this.#newest()).table;
  }

  #open(): { readonly redis: Redis; readonly seal: CopySeal } {
    this.#tools ??= { redis: createUpstashClient(this.#options), seal: createCopySeal(this.#options.signingKeys) };
    return this.#tools;
  }

  async #newest(): Promise<Entry> {
    const answer = await this.#open()
      .redis.exec(['XREVRANGE', COPY_STREAM, '+', '-', 'COUNT', 1])
      .catch((error: unknown) => {
        if (isWrongType(error)) return null;
        throw error;
      });
    if (answer === null) return { ...EMPTY, blocks: true };
    const [newest] = Entries.parse(answer);
    return newest === undefined ? EMPTY : await this.#entryOf(...newest);
  }

  async #entryOf(id: string, words: readonly string[]): Promise<Entry> {
    const number = Number(id.split('-')[0]);
    const [copyName, text, sealName, seal] = words;
    const isOurs =
      copyName === 'copy' &&
      sealName === 'seal' &&
      text !== undefined &&
      seal !== undefined &&
      (await this.#open().seal.verify(text, seal));
    const blocks = number > this.#options.clock() + NUMBERS_AHEAD_MS;
    return { id, number, table: isOurs ? readCopy(text) : null, blocks };
  }

  /** False: another board was quicker, and what it has written is not to be deleted. One alone takes an entry away. */
  async #clear({ id }: Entry): Promise<boolean> {
    const { redis } = this.#open();
    if (id !== null && (await redis.exec(['XDEL', COPY_STREAM, id])) !== 1) return false;
    await redis.exec(['DEL', COPY_STREAM]);
    return true;
  }

  /** False: another writer has been there. */
  async #write({ number, table }: Written & { readonly table: KnownTable }): Promise<boolean> {
    const text = copyText(table);
    if (text.length > COPY_CHARACTERS_MAX) throw new Error(`a copy of ${text.length} characters is too large`);
    const [id, seal] = [`${number}-1`, await this.#open().seal.sign(text)];
    try {
      const given = await this.#open().redis.exec([
        'XADD',
        COPY_STREAM,
        'MAXLEN',
        '=',
        1,
        id,
        'copy',
        text,
        'seal',
        seal,
      ]);
      // An answer to something else proves nothing, and believed it would let the next copy overwrite one that was never read.
      if (given !== id) throw new Error('the store did not say that it took the copy');
      return true;
    } catch (error) {
      const { message } = error instanceof errors.UpstashError ? error : { message: '' };
      if (isWrongType(error) || REFUSALS.some((refusal) => message.includes(refusal))) return false;
      throw error;
    }
  }
}
