// One request's World: what a recommendation needs is there at once, every other port is made when it is asked for, and most once their code is loaded.
import type { World } from '../../src/ports/world.ts';

/** The same for all requests of one deployment. */
export type Lasting = Pick<World, 'signer' | 'pseudonym' | 'now' | 'nonce' | 'withinRate' | 'settings'>;
/** Kept for the whole request. */
type Usual = Lasting & Pick<World, 'tables'>;
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

export interface UsualParts {
  readonly lastingOf: (env: Env) => Lasting;
  readonly tablesOf: (env: Env, later: Later) => World['tables'];
}

/** The getters stand on the prototype, made once per isolate: twenty closures a request cost more than the choice of a processor. */
export function worldsOf({ lastingOf, tablesOf }: UsualParts, desks: Desks<BusyPort>): Worlds {
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

    constructor(env: Env, lasting: Lasting, later: Later) {
      this.env = env;
      this.later = later;
      this.tables = tablesOf(env, later);
      this.signer = lasting.signer;
      this.pseudonym = lasting.pseudonym;
      this.now = lasting.now;
      this.nonce = lasting.nonce;
      this.withinRate = lasting.withinRate;
      this.settings = lasting.settings;
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
  // An isolate has one environment; in tests it may be given another.
  const lasting = new WeakMap<Env, Lasting>();
  const open: Worlds['open'] = (env, later) => {
    let known = lasting.get(env);
    if (known === undefined) lasting.set(env, (known = lastingOf(env)));
    return new RequestWorld(env, known, later) as unknown as World;
  };
  return { open, furnish };
}
