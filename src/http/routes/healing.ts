// Healing: what it did, how it does, how much it may do, and to heal one processor now.
import { actorOf, idempotencyKeyOf, ifMatchOf } from '../actor.ts';
import type { App } from '../context.ts';
import { findProcessor, readConfiguration, refusalOf } from '../configuration-access.ts';
import {
  HealAnswer,
  healedJson,
  healingJson,
  HealingList,
  HealingSettingsAnswer,
  HealingSettingsInput,
  healingSettingsJson,
  healingSettingsOf,
  HealingStats,
  healingStatsJson,
  ProviderParams,
  UndoAnswer,
  undoneJson,
} from '../schemas/healing.ts';
import { healingDeploymentFrom, healingIn } from '../../domain/healing/healing-variables.ts';
import { healHouse } from '../../flows/heal-house.ts';
import { healingStatistics } from '../../domain/healing/healing-statistics.ts';
import { IdParams, PageQuery } from '../schemas/primitives.ts';
import { problem, serve } from '../endpoint.ts';
import { undoHealing } from '../../flows/undo-healing.ts';

const tag = 'Healing';
const SETTINGS = '/api/v1/healing/settings';

export function mountHealing(app: App): void {
  mountActions(app);
  mountUndo(app);
  mountSettings(app);
  // As the Operations module writes it, too.
  for (const path of ['/api/v1/autonomous/heal/{provider}', '/autonomous/heal/{provider}']) mountHeal(app, path);
}

function mountActions(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/healing/actions',
      scope: 'read',
      tag,
      summary: 'List healing actions',
      description: 'What was done or advised, why, and what was measured afterwards. The last 2,000 are kept.',
      query: PageQuery,
      answer: { status: 200, description: 'Newest first', schema: HealingList },
    },
    async ({ world, query }) => {
      const { items, nextCursor } = await world.healing.book.page(query.cursor ?? null, query.limit);
      return { body: { actions: items.map(healingJson), count: items.length, next_cursor: nextCursor } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/healing/stats',
      scope: 'read',
      tag,
      summary: 'Read how healing does',
      description: 'By kind, over the actions that are kept: attempts, how often they helped, and how long it took.',
      answer: { status: 200, description: 'Every kind there is', schema: HealingStats },
    },
    async ({ world }) => ({ body: healingStatsJson(healingStatistics(await world.healing.book.all())) }),
  );
}

function mountUndo(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/healing/actions/{id}/undo',
      scope: 'operate',
      tag,
      summary: 'Undo a healing action',
      description:
        'While it goes on, and for an hour after its end: what it put in force is lifted, what it lifted is put back for the rest of its time, a breaker it closed is held open for a minute. Healing does not begin the same again within its window. The same Idempotency-Key is answered as the first time, and does nothing twice.',
      params: IdParams,
      answer: { status: 200, description: 'What was done, and the action as it is now', schema: UndoAnswer },
      responses: {
        404: problem('There is no such action'),
        409: problem('It cannot be undone; `detail` says why'),
      },
    },
    async (call) => {
      const idempotency = idempotencyKeyOf(call.header('idempotency-key'));
      if ('refused' in idempotency) return idempotency;
      const undone = await undoHealing(call.world, call.params.id, idempotency.key, actorOf(call));
      switch (undone.outcome) {
        case 'not_found':
          return { refused: { reason: 'not_found', what: 'healing action' } };
        case 'not_undoable':
          return { refused: { reason: 'not_undoable', why: undone.why } };
        case 'undone':
          return { body: undoneJson(undone.action, undone.did) };
      }
    },
  );
}

function mountSettings(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: SETTINGS,
      scope: 'read',
      tag,
      summary: 'Read how much healing may do',
      answer: { status: 200, description: 'The ETag is the configuration version', schema: HealingSettingsAnswer },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const deployment = healingDeploymentFrom(call.world.settings.healing);
      const { healing, version } = configuration;
      return { body: healingSettingsJson(healingIn(deployment, healing), deployment), version };
    },
  );
  serve(
    app,
    {
      method: 'put',
      path: SETTINGS,
      scope: 'admin',
      tag,
      summary: 'Set how much healing may do',
      description:
        'Replaces the whole: what is left out goes by our own figure. Overrides in force stay until they end.',
      body: HealingSettingsInput,
      answer: { status: 200, description: 'What holds now', schema: HealingSettingsAnswer },
    },
    async (call) => {
      const deployment = healingDeploymentFrom(call.world.settings.healing);
      const wanted = { op: 'put_healing', healing: healingSettingsOf(call.body, deployment) } as const;
      const reply = await call.world.registry.change(wanted, actorOf(call), ifMatchOf(call.header('if-match')));
      if (!reply.ok) return { refused: refusalOf(reply, 'processor') };
      const { healing, version } = reply.configuration;
      return { body: healingSettingsJson(healingIn(deployment, healing), deployment), version };
    },
  );
}

function mountHeal(app: App, path: string): void {
  serve(
    app,
    {
      method: 'post',
      path,
      scope: 'operate',
      tag,
      summary: 'Heal a processor now',
      description:
        'What the sweep of every minute does, for this processor and without waiting out a back-off; bounds and the switch hold all the same. Asked again, it does nothing twice.',
      params: ProviderParams,
      answer: { status: 200, description: 'What it did', schema: HealAnswer },
    },
    async (call) => {
      const processor = await findProcessor(call, call.params.provider);
      if ('reason' in processor) return { refused: processor };
      // Nothing is audited that could not begin.
      healingDeploymentFrom(call.world.settings.healing);
      const actor = actorOf(call);
      await call.world.registry.note('heal_processor', processor.id, actor);
      const healed = await healHouse(call.world, { processorId: processor.id, byDemand: true, actor });
      return { body: healedJson(processor.id, healed) };
    },
  );
}
