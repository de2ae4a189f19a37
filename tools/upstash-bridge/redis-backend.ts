// What the bridge puts its commands to: a real Redis or the in-memory form, told apart only by `kind`.

export type RedisCommand = readonly string[];

/** A fault of one command in Redis's own words, e.g. `WRONGTYPE Operation against ...`. */
export class RedisFault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** As RESP2 has it: texts are bytes, maps are flat lists. */
export type RedisReply = string | Buffer | number | null | RedisFault | readonly RedisReply[];

export interface RedisBackend {
  readonly kind: 'redis' | 'memory';
  /** Programs that would outlive this process if it were killed. */
  readonly processIds: readonly number[];
  /** One reply per command, in order; a command that fails harms no other. */
  run(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]>;
  /** MULTI and EXEC: nobody else's command comes between. A fault of the whole means that nothing was done. */
  transact(commands: readonly RedisCommand[]): Promise<readonly RedisReply[] | RedisFault>;
  close(): Promise<void>;
}
