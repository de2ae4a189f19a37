// The keys of the in-memory form: texts that may expire and streams; and how the arguments of commands are read.
import { type EntryId, MemoryStream } from './memory-stream.ts';
import { RedisFault } from './redis-backend.ts';

export const SYNTAX = new RedisFault('ERR syntax error');
const WRONG_TYPE = new RedisFault('WRONGTYPE Operation against a key holding the wrong kind of value');

interface HeldText {
  readonly text: string;
  /** `Infinity`: stays. */
  readonly expiresAtMs: number;
}

/** Thrown by what a command calls, and answered by the backend: the command has no other answer then. */
export class CommandFault extends Error {
  readonly fault: RedisFault;

  constructor(fault: RedisFault) {
    super(fault.message);
    this.fault = fault;
  }
}

export class Keyspace {
  readonly #held = new Map<string, HeldText | MemoryStream>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  text(key: string): string | null {
    const held = this.#live(key);
    if (held instanceof MemoryStream) throw new CommandFault(WRONG_TYPE);
    return held?.text ?? null;
  }

  setText(key: string, text: string, ttlMs: number): void {
    this.#held.set(key, { text, expiresAtMs: this.#now() + ttlMs });
  }

  has(key: string): boolean {
    return this.#live(key) !== null;
  }

  stream(key: string): MemoryStream | null {
    const held = this.#live(key);
    if (held !== null && !(held instanceof MemoryStream)) throw new CommandFault(WRONG_TYPE);
    return held;
  }

  streamOrNew(key: string): MemoryStream {
    const stream = this.stream(key) ?? new MemoryStream();
    this.#held.set(key, stream);
    return stream;
  }

  delete(key: string): boolean {
    return this.has(key) && this.#held.delete(key);
  }

  #live(key: string): HeldText | MemoryStream | null {
    const held = this.#held.get(key);
    if (held === undefined || held instanceof MemoryStream) return held ?? null;
    return held.expiresAtMs > this.#now() ? held : null;
  }
}

export function numberOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new CommandFault(new RedisFault('ERR value is not an integer or out of range'));
  return Number(text);
}

/** `-` and `+` stand for `open`, and so does a sequence that is not written. */
export function readIdOr(text: string, open: EntryId): EntryId {
  if (text === '-' || text === '+') return open;
  const parts = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (parts === null)
    throw new CommandFault(new RedisFault('ERR Invalid stream ID specified as stream command argument'));
  return { ms: Number(parts[1]), sequence: parts[2] === undefined ? open.sequence : Number(parts[2]) };
}

/** Takes the option and its `length` values out of the words; `null`: not there. */
export function takeOption(words: string[], name: string, length: number): readonly string[] | null {
  const at = words.findIndex((word) => word.toUpperCase() === name);
  return at === -1 ? null : words.splice(at, 1 + length).slice(1);
}
