// One request's World: what a recommendation needs is there at once, every other port is made when it is asked for.
import type { World } from '../../src/ports/world.ts';

/** Kept for the whole request. */
type Usual = Pick<World, 'tables' | 'signer' | 'pseudonym' | 'now' | 'nonce' | 'withinRate' | 'settings'>;
type Later = World['later'];
type Desks = {
  readonly [Port in Exclude<keyof World, keyof Usual | 'later'>]: (env: Env, later: Later) => World[Port];
};

interface Around {
  readonly env: Env;
  readonly later: Later;
}

/** The getters stand on the prototype, made once per isolate: twenty closures a request cost more than the choice of a processor. */
export function worldsOf(usualOf: (env: Env, later: Later) => Usual, desks: Desks): (env: Env, later: Later) => World {
  class RequestWorld implements Usual, Around {
    readonly env: Env;
    readonly later: Later;
    readonly tables: World['tables'];
    readonly signer: World['signer'];
    readonly pseudonym: World['pseudonym'];
    readonly now: World['now'];
    readonly nonce: World['nonce'];
    readonly withinRate: World['withinRate'];
    readonly settings: World['settings'];

    constructor(env: Env, later: Later) {
      const usual = usualOf(env, later);
      this.env = env;
      this.later = later;
      this.tables = usual.tables;
      this.signer = usual.signer;
      this.pseudonym = usual.pseudonym;
      this.now = usual.now;
      this.nonce = usual.nonce;
      this.withinRate = usual.withinRate;
      this.settings = usual.settings;
    }
  }
  for (const [port, make] of Object.entries(desks)) {
    Object.defineProperty(RequestWorld.prototype, port, {
      get(this: Around): unknown {
        return make(this.env, this.later);
      },
    });
  }
  return (env, later) => new RequestWorld(env, later) as unknown as World;
}
