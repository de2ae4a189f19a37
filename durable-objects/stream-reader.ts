// Reads one stream for as long as its source is switched on: each alarm is one step of the reader, and says when the next one is due.
import { DurableObject } from 'cloudflare:workers';
import {
  afterStep,
  EMPTY_READER,
  type ReaderBook,
  stateOf,
  stepWithout,
  stopped,
  type TakenStep,
} from '../src/flows/keep-reading.ts';
import { readStream, STREAM_LIMITS, type StreamWorld } from '../src/flows/read-stream.ts';
import { isReadStream } from '../src/domain/configuration/stream-source.ts';
import type { ReaderState } from '../src/ports/stream-desk.ts';
import type { WebhookSource } from '../src/domain/configuration/webhook-source.ts';
import { log } from './object-log.ts';
import { registryStub } from './registry-client.ts';
import { withinTime } from './time-limit.ts';

const KEY = 'reader';
const REGISTRY_WAIT_MS = 2_000;
/** A stopped reader comes back for the signals that the Registry has not heard. */
const UNTOLD_RETRY_MS = 30_000;
/** An alarm that stands so far in the past was lost. */
const LOST_AFTER_MS = 60_000;

/** Abstract in one thing, handed in by the composition root: how a stream is connected and where its events are recorded. */
export abstract class StreamReader extends DurableObject<Env> {
  #book: ReaderBook;
  #written: string;
  /** This object is the only reader of its group: what is left unacknowledged by the life before it, or by a step that met a fault, need not lie until it is stuck. */
  #takesOver = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // What older code did not know of begins empty.
    this.#book = { ...EMPTY_READER, ...ctx.storage.kv.get<ReaderBook>(KEY) };
    if (this.#book.format !== EMPTY_READER.format) throw new Error('a stream reader of newer code is not known');
    this.#written = lasting(this.#book);
  }

  /** `null`: the deployment has no Redis. */
  protected abstract open(source: WebhookSource): Promise<StreamWorld | null>;

  async wake(): Promise<void> {
    const at = await this.ctx.storage.getAlarm();
    if (at === null || at < Date.now() - LOST_AFTER_MS) await this.ctx.storage.setAlarm(Date.now());
  }

  async state(): Promise<ReaderState> {
    return stateOf(this.#book);
  }

  override async alarm(): Promise<void> {
    const sourceId = this.ctx.id.name;
    if (sourceId === undefined) throw new Error('a stream reader is addressed by the name of its source');
    const asked = await withinTime(
      REGISTRY_WAIT_MS,
      async () => [await registryStub(this.env).source(sourceId)] as const,
    );
    const source = asked?.[0] ?? null;
    if (asked !== null && (source === null || !isReadStream(source))) return await this.#stop(sourceId);
    const step = source === null ? stepWithout('held_up') : await this.#step(source);
    const { book, nextInMs } = afterStep(this.#book, step, sourceId, Date.now());
    this.#book = book;
    await this.#tell();
    this.#save();
    await this.ctx.storage.setAlarm(Date.now() + nextInMs);
  }

  async #step(source: WebhookSource): Promise<TakenStep> {
    const world = await this.open(source);
    if (world === null) return stepWithout('not_connected');
    const idleMs = this.#takesOver ? 0 : STREAM_LIMITS.idleMs;
    this.#takesOver = false;
    try {
      const step = await readStream(world, { ...STREAM_LIMITS, idleMs });
      this.#takesOver = step.end === 'fault' || step.end === 'held_up';
      return step;
    } catch (error) {
      // Not acknowledged, it is handed out again, alone, and at last becomes a dead letter: the stream goes on.
      log({ event: 'stream_step_crashed', error_name: error instanceof Error ? error.name : 'unknown' });
      return stepWithout('crashed');
    }
  }

  async #stop(sourceId: string): Promise<void> {
    this.#book = stopped(this.#book, sourceId, Date.now());
    // Switched on again, it is a new life.
    this.#takesOver = true;
    await this.#tell();
    this.#save();
    if (this.#book.unheard.length > 0) await this.ctx.storage.setAlarm(Date.now() + UNTOLD_RETRY_MS);
  }

  /** Hearing a signal twice changes nothing in the alert book: it is told until that has answered. */
  async #tell(): Promise<void> {
    const { unheard } = this.#book;
    if (unheard.length === 0) return;
    const heard = await withinTime(REGISTRY_WAIT_MS, async () => {
      await registryStub(this.env).signal(unheard);
      return true;
    });
    if (heard === true) this.#book = { ...this.#book, unheard: [] };
  }

  /** Rows written are the bill: a quiet second writes none but its alarm. */
  #save(): void {
    const text = lasting(this.#book);
    if (text === this.#written) return;
    this.ctx.storage.kv.put(KEY, this.#book);
    this.#written = text;
  }
}

const lasting = (book: ReaderBook): string =>
  JSON.stringify({ ...book, lastStep: book.lastStep === null ? null : book.lastStep.end });
