// The composition root: the only file that knows every room. It gives each request its World and each cron line its job.
import * as sweepBoards from './sweep-boards.ts';
import { boardRegions, boardStub, createBoardClient, createLiveClient } from '../durable-objects/board-client.ts';
import { createApp } from '../src/http/app.ts';
import { createDecisionSigner } from '../src/platform/decision-signer.ts';
import { createCredentialLedgerClient } from '../durable-objects/credential-ledger-client.ts';
import { createProcessorClient, type RefusedPermits } from '../durable-objects/processor-client.ts';
import { createPseudonym } from '../src/platform/pseudonym.ts';
import { createRegistryClient } from '../durable-objects/registry-client.ts';
import { IsolateMemory, IsolateTable } from '../src/platform/isolate-table.ts';
import { RoutingBoard as RoutingBoardObject } from '../durable-objects/routing-board.ts';
import { liveJson } from '../src/http/schemas/live.ts';
import type { LiveMessage } from '../src/ports/live-port.ts';
import { ADAPTERS } from '../src/connectors/adapters.ts';
import { createSecretBox } from '../src/platform/secret-box.ts';
import { createSourceBook, SourceMemory } from '../src/platform/source-book.ts';
import { createWebhookIntakeClient } from '../durable-objects/webhook-intake-client.ts';
import { WebhookTally } from '../src/platform/webhook-tally.ts';
import type { SecretBox } from '../src/ports/secret-box.ts';
import type { WebhookPort } from '../src/ports/webhook-port.ts';
import type { World } from '../src/ports/world.ts';

export { CredentialLedgers } from '../durable-objects/credential-ledger.ts';
export { Processor } from '../durable-objects/processor.ts';
export { Registry } from '../durable-objects/registry.ts';
export { WebhookIntake } from '../durable-objects/webhook-intake.ts';

export class RoutingBoard extends RoutingBoardObject {
  protected override liveText(message: LiveMessage): string {
    return JSON.stringify(liveJson(message));
  }
}

/** What one isolate remembers between requests; all of it may vanish at any moment. */
const memory = new IsolateMemory();
const refusedPermits: RefusedPermits = new Map();
let secrets: { text: string; signer: World['signer']; pseudonym: World['pseudonym'] } | null = null;

function secretsOf(env: Env): NonNullable<typeof secrets> {
  if (secrets === null || secrets.text !== env.DECISION_SIGNING_KEYS) {
    const text = env.DECISION_SIGNING_KEYS;
    secrets = { text, signer: createDecisionSigner(text), pseudonym: createPseudonym(text) };
  }
  return secrets;
}

let sealing: { readonly text: string; readonly box: SecretBox } | null = null;
const sourceMemory = new SourceMemory();
const tally = new WebhookTally();

function secretBoxOf(env: Env): SecretBox {
  if (sealing?.text !== env.SECRETS_KEY) sealing = { text: env.SECRETS_KEY, box: createSecretBox(env.SECRETS_KEY) };
  return sealing.box;
}

function webhooksOf(env: Env, registry: World['registry'], later: World['later'], clock: () => number): WebhookPort {
  const intake = createWebhookIntakeClient(env);
  return {
    adapters: ADAPTERS,
    sources: createSourceBook(sourceMemory, registry),
    intake,
    // Recommendations must go on where the secret was forgotten.
    get box() {
      return secretBoxOf(env);
    },
    count: (counts) => {
      const handingOn = tally.add(counts, intake, clock());
      if (handingOn !== null) later(handingOn);
    },
    fetch: async (input, init) => await fetch(input, init),
  };
}

function createWorld(env: Env, later: World['later']): World {
  const region = boardRegions(env)[0] ?? 'main';
  const clock = (): number => Date.now();
  const { signer, pseudonym } = secretsOf(env);
  const registry = createRegistryClient(env);
  return {
    tables: new IsolateTable(memory, createBoardClient(env, region), later, clock),
    processors: createProcessorClient(env, refusedPermits, clock),
    credentials: createCredentialLedgerClient(env),
    registry,
    live: createLiveClient(env, region),
    webhooks: webhooksOf(env, registry, later, clock),
    signer,
    pseudonym,
    now: clock,
    nonce: () => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n,
    later,
    withinRate: async (keyId) => (await env.RATE_LIMIT.limit({ key: keyId })).success,
    settings: {
      bootstrapKeyHash: env.BOOTSTRAP_KEY_HASH ?? null,
      keyGraceMs: Number(env.KEY_GRACE_MINUTES) * 60_000,
      corsOrigins: env.CORS_ORIGINS.split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
      rateLimit: { quota: Number(env.RATE_LIMIT_QUOTA), windowSeconds: 60 },
      version: '0.1.0',
    },
  };
}

const app = createApp((context) => createWorld(context.env as Env, (work) => context.executionCtx.waitUntil(work)));

export default {
  fetch: app.fetch,
  async scheduled(controller, env) {
    switch (controller.cron) {
      case sweepBoards.cron:
        return await sweepBoards.run(boardRegions(env).map((region) => boardStub(env, region)));
      default:
        throw new Error(`no job has the cron ${controller.cron}`);
    }
  },
} satisfies ExportedHandler<Env>;
