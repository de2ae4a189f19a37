// Anomalies: what was found and why, what people say of it, how well it is found, and how watchful the house is.
import { actorOf, ifMatchOf } from '../actor.ts';
import {
  anomalyJson,
  AnomalyList,
  AnomalyOut,
  AnomalyParams,
  AnomalyQuery,
  AnomalySettingsAnswer,
  AnomalySettingsInput,
  anomalySettingsJson,
  anomalySettingsOf,
  AnomalyStats,
  anomalyStatsJson,
  FeedbackBody,
} from '../schemas/anomalies.ts';
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';

const PATH = '/api/v1/anomalies';
const tag = 'Anomalies';

export function mountAnomalies(app: App): void {
  mountStats(app);
  mountSettings(app);
  mountList(app);
  mountFeedback(app);
}

function mountList(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List anomalies',
      description: 'One for each fault, whatever it shows itself by. The last 2,000 are kept.',
      query: AnomalyQuery,
      answer: { status: 200, description: 'Newest first', schema: AnomalyList },
    },
    async ({ world, query }) => {
      const { cursor = null, limit, since, state, kind, severity } = query;
      const filter = {
        ...(state !== undefined && { state }),
        ...(kind !== undefined && { kind }),
        ...(severity !== undefined && { severity }),
        ...(since !== undefined && { sinceMs: Date.parse(since) }),
      };
      const { items, nextCursor } = await world.anomalies.book.page(filter, cursor, limit);
      return { body: { anomalies: items.map(anomalyJson), count: items.length, next_cursor: nextCursor } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/{id}`,
      scope: 'read',
      tag,
      summary: 'Read an anomaly',
      params: AnomalyParams,
      answer: { status: 200, description: 'As it stands', schema: AnomalyOut },
    },
    async ({ world, params }) => {
      const anomaly = await world.anomalies.book.one(params.id);
      return anomaly === null ? { refused: { reason: 'not_found', what: 'anomaly' } } : { body: anomalyJson(anomaly) };
    },
  );
}

function mountFeedback(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/feedback`,
      scope: 'operate',
      tag,
      summary: 'Say whether it was one',
      description:
        'A false alarm closes it, and for 14 days its kinds are asked for more in its scopes. A later word replaces an earlier one; said twice counts once. Audited.',
      params: AnomalyParams,
      body: FeedbackBody,
      answer: { status: 200, description: 'As it stands now', schema: AnomalyOut },
    },
    async (call) => {
      const { world, now, keyId, params, body } = call;
      const { verdict, note = null } = body;
      const given = { anomalyId: params.id, givenAtMs: now, verdict, keyId, note };
      if ((await world.anomalies.book.one(params.id)) === null)
        return { refused: { reason: 'not_found', what: 'anomaly' } };
      await world.registry.note(`anomaly_${verdict}`, params.id, actorOf(call), note ?? undefined);
      const anomaly = await world.anomalies.book.judge(given);
      return anomaly === null ? { refused: { reason: 'not_found', what: 'anomaly' } } : { body: anomalyJson(anomaly) };
    },
  );
}

function mountStats(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/stats`,
      scope: 'read',
      tag,
      summary: 'Read how well anomalies are found',
      description: 'By kind; how much of what people judged was one, and what the lab measured.',
      answer: { status: 200, description: 'Every kind there is', schema: AnomalyStats },
    },
    async ({ world }) => {
      const { book } = world.anomalies;
      const [figures, standing] = await Promise.all([book.figures(), book.standing()]);
      return { body: anomalyStatsJson(figures, standing) };
    },
  );
}

function mountSettings(app: App): void {
  const path = `${PATH}/settings`;
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: 'Read how watchful the house is',
      answer: { status: 200, description: 'The ETag is their revision', schema: AnomalySettingsAnswer },
    },
    async ({ world }) => {
      const { settings, settingsRevision } = await world.anomalies.book.standing();
      return { body: anomalySettingsJson(settings), version: settingsRevision };
    },
  );
  serve(
    app,
    {
      method: 'put',
      path,
      scope: 'admin',
      tag,
      summary: 'Set how watchful the house is',
      description: 'Replaces the whole: what is left out goes by our own figure. What is usual stays known. Audited.',
      body: AnomalySettingsInput,
      answer: { status: 200, description: 'What holds now', schema: AnomalySettingsAnswer },
    },
    async (call) => {
      const { book } = call.world.anomalies;
      const reply = await book.configure(anomalySettingsOf(call.body), ifMatchOf(call.header('if-match')));
      if (reply === 'stale') {
        const { settingsRevision } = await book.standing();
        return { refused: { reason: 'stale_version', currentVersion: settingsRevision } };
      }
      await call.world.registry.note('put_anomaly_settings', 'anomalies', actorOf(call), JSON.stringify(call.body));
      return { body: anomalySettingsJson(reply.settings), version: reply.settingsRevision };
    },
  );
}
