// The number of instances that are wanted, as the Registry keeps it: read at each asking, decided by the core, written before it is answered.
import { grantWish, type ScalingReply, type ScalingWish } from '../src/domain/scaling/scaling-wish.ts';
import { readScalingState, type ScalingState } from '../src/domain/scaling/scaling-state.ts';

const KEY = 'scaling';

/** Asked a few times a minute: it remembers nothing. */
export class RegistryScaling {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get state(): ScalingState | null {
    const stored = this.#storage.kv.get<ScalingState>(KEY);
    return stored === undefined ? null : readScalingState(stored);
  }

  scale(wish: ScalingWish, now: number): ScalingReply {
    const reply = grantWish(wish, this.state, now);
    if (reply.ok) this.#storage.kv.put(KEY, reply.state);
    return reply;
  }
}
