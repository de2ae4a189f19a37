// How retries are advised: what holds and why, and what an operator may say of it.
import { actorOf, ifMatchOf } from '../actor.ts';
import type { App } from '../context.ts';
import { DryRunQuery } from '../schemas/primitives.ts';
import { readConfiguration, refusalOf } from '../configuration-access.ts';
import { RETRY_SETTINGS_DEFAULT } from '../../domain/retries/settable-figures.ts';
import {
  RetryPolicyAnswer,
  RetryPolicyInput,
  retryPolicyJson,
  RetryPolicyPut,
  retrySettingsOf,
} from '../schemas/retry-policy.ts';
import { serve } from '../endpoint.ts';

const PATH = '/api/v1/retry-policy';
const tag = 'Retries';

export function mountRetryPolicy(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'Read the retry policy',
      description:
        "What was said of it, and what holds at this moment: each figure with its bounds and where they come from, each ceiling with the edition of the network's rules that is in force.",
      answer: {
        status: 200,
        description: 'What holds now; the ETag is the configuration version',
        schema: RetryPolicyAnswer,
      },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const { retries = RETRY_SETTINGS_DEFAULT, version } = configuration;
      return { body: retryPolicyJson(retries, call.now), version };
    },
  );
  serve(
    app,
    {
      method: 'put',
      path: PATH,
      scope: 'admin',
      tag,
      summary: 'Set the retry policy',
      description:
        'Replaces the whole: what is left out or `null` goes by our own figure. Nothing may be more lenient than the card networks allow. `?dry_run=true` tries it. Slots that are promised already keep the policy that they were promised under.',
      query: DryRunQuery,
      body: RetryPolicyInput,
      answer: { status: 200, description: 'What holds now, or would', schema: RetryPolicyPut },
    },
    async (call) => {
      const { world, now } = call;
      const dryRun = call.query.dry_run === 'true';
      const wanted = { op: 'put_retries', retries: retrySettingsOf(call.body) } as const;
      const ifMatch = ifMatchOf(call.header('if-match'));
      const before = await world.registry.configuration();
      const reply = await world.registry.change(wanted, actorOf(call), ifMatch, dryRun);
      if (!reply.ok) return { refused: refusalOf(reply, 'processor') };
      if (!dryRun) await world.tables.refresh(now);
      const { retries = RETRY_SETTINGS_DEFAULT } = reply.configuration;
      const { version } = dryRun ? before : reply.configuration;
      return { body: { dry_run: dryRun, ...retryPolicyJson(retries, now) }, version };
    },
  );
}
