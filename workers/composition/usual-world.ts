// The part of the composition root that usual calls need: what an isolate remembers between them, and the World of each.
import { boardRegionsFrom, createBoardClient } from '../../durable-objects/board-client.ts';
import { boardsInTurn } from '../../src/platform/boards-in-turn.ts';
import { createCredentialLedgerClient } from '../../durable-objects/credential-ledger-client.ts';
import { createDecisionSigner } from '../../src/platform/decision-signer.ts';
import { createProcessorClient, type RefusedPermits } from '../../durable-objects/processor-client.ts';
import { createPseudonym } from '../../src/platform/pseudonym.ts';
import { decisionsOf } from './kept-history.ts';
import { IsolateMemory, IsolateTable, type TableOrigins } from '../../src/platform/isolate-table.ts';
import { replicaOf } from './table-copies.ts';
import { settingsOf } from './deployment.ts';
import { tellingOf } from './telling.ts';
import { tuningOf } from './tuning-desk.ts';
import { type Lasting, worldsOf } from './request-world.ts';
import { type IsolatePlace, NOWHERE, placeOf } from '../../src/domain/routing/board-regions.ts';
import type { Surroundings } from '../../src/http/context.ts';
import type { World } from '../../src/ports/world.ts';

/** What one isolate remembers between requests; all of it may vanish at any moment. */
export const memory = new IsolateMemory();
export const refusedPermits: RefusedPermits = new Map();
/** Of this isolate, by its first request; it stays, for another board would have to tell everything anew. */
let place: IsolatePlace | null = null;

export const clock = (): number => Date.now();
/** Drawn many at once: asking the platform costs a recommendation more than what it gives. */
const drawn = new BigUint64Array(128);
let left = 0;
function drawNonce(): bigint {
  if (left === 0) left = crypto.getRandomValues(drawn).length;
  left -= 1;
  return drawn[left]!;
}

const lastingOf = (env: Env): Lasting => ({
  signer: createDecisionSigner(env.DECISION_SIGNING_KEYS),
  pseudonym: createPseudonym(env.DECISION_SIGNING_KEYS),
  now: clock,
  nonce: drawNonce,
  withinRate: (keyId) => env.RATE_LIMIT.limit({ key: keyId }).then(({ success }) => success),
  settings: settingsOf(env),
});

export const worlds = worldsOf(
  { lastingOf, tablesOf: (env, later) => new IsolateTable(memory, new Origins(env), later, clock) },
  {
    processors: (env) => createProcessorClient(env, refusedPermits, clock),
    credentials: createCredentialLedgerClient,
    decisions: (env, later) => decisionsOf(env, later, clock),
    tuning: (env, later) => tuningOf(env, later, (messages) => tellingOf(env, later)(messages)),
  },
);

/** Asked of only by those that refill. A class, for the getters of a literal are made anew with it, for each request. */
class Origins implements TableOrigins {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  get board(): TableOrigins['board'] {
    const [region, ...others] = boardRegionsFrom(this.#env, place ?? NOWHERE);
    const clientOf = (each: typeof region) => createBoardClient(this.#env, each);
    return boardsInTurn([clientOf(region), ...others.map(clientOf)]);
  }

  get replica(): TableOrigins['replica'] {
    return replicaOf(this.#env);
  }
}

export function worldOf({ request, env, executionCtx }: Surroundings): World {
  place ??= placeOf(request.cf);
  return worlds.open(env as Env, (work) => executionCtx.waitUntil(work));
}
