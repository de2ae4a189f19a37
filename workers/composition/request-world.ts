// One request's World: what a recommendation needs is there at once, every other port is made when it is asked for, and most once their code is loaded.
import type { World } from '../../src/ports/world.ts';

/** Kept for the whole request. */
type Usual = Pick<World, 'tables' | 'signer' | 'pseudonym' | 'now' | 'nonce' | 'withinRate' | 'settings'>;
type Later = World['later'];
/** What usual calls ask of beside it. */
type BusyPort = 'processors' | 'credentials' | 'decisions' | 'tuning';
type SeldomPort = Exclude<keyof World, keyof Usual | 'later' | BusyPort>;
type Desks<Port extends keyof World> = { readonly [Name in Port]: (env: Env, later: Later) => World[Name] };

export interface Worlds {
  /** Of one request. Its seldom ports are there from when they were furnished on. */
  open(env: Env, later: Later): World;
  furnish(desks: Desks<SeldomPort>): void;
}

interface Around {
  readonly env: Env;
  readonly later: Later;
}

/** The getters stand on the prototype, made once per isolate: twenty closures a request cost more than the choice of a processor. */
export function worldsOf(usualOf: (env: Env, later: Later) => Usual, desks: Desks<BusyPort>): Worlds {
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
  const furnish = (furnished: object): void => {
    for (const [port, make] of Object.entries(furnished) as [string, (env: Env, later: Later) => unknown][]) {
      Object.defineProperty(RequestWorld.prototype, port, {
        get(this: Around): unknown {
          return make(this.env, this.later);
        },
      });
    }
  };
  furnish(desks);
  return { open: (env, later) => new RequestWorld(env, later) as unknown as World, furnish };
}
