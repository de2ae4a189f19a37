// The night shift at a glance, as the Operations module asks for it: each room that answers is told, whatever has become of the others.
import type { App } from '../context.ts';
import { anomalyStatsJson } from '../schemas/anomalies.ts';
import {
  anomalyGlance,
  AutonomousStats,
  AutonomousStatus,
  healingGlance,
  jobGlances,
  jobTotals,
  predictionGlance,
  tuningCounts,
  tuningGlance,
} from '../schemas/autonomous.ts';
import { healingDeploymentFrom, healingIn } from '../../domain/healing/healing-variables.ts';
import { healingStatistics } from '../../domain/healing/healing-statistics.ts';
import { healingStatsJson } from '../schemas/healing.ts';
import { Misconfigured } from '../../domain/configuration/misconfigured.ts';
import { misconfiguredJson } from '../schemas/wrong-variables.ts';
import { momentOf, momentOrNull } from '../schemas/primitives.ts';
import { predictionsJson } from '../schemas/predictions.ts';
import { scalingJson } from '../schemas/resources.ts';
import { serve } from '../endpoint.ts';
import { settingsFrom } from '../../domain/predictions/prediction-settings.ts';
import { settingsOf } from '../../flows/measure-load.ts';
import { tuningModeOf, tuningSettingsFrom } from '../../domain/tuning/tuning-settings.ts';
import type { World } from '../../ports/world.ts';
import { wrongVariablesOf } from '../wrong-variables.ts';

const tag = 'Autonomous';

export function mountAutonomous(app: App): void {
  // As the Operations module writes it, too.
  for (const prefix of ['/api/v1/autonomous', '/autonomous']) {
    mountStatus(app, `${prefix}/status`);
    mountStats(app, `${prefix}/stats`);
  }
}

/** Asks all rooms at once; who throws is `null`, and named, unless its variables are wrong: they are. */
async function askRooms<Rooms extends Readonly<Record<string, () => Promise<unknown>>>>(rooms: Rooms) {
  const unreachable: string[] = [];
  const answers = await Promise.all(
    Object.entries(rooms).map(async ([name, ask]) => {
      const answer = await ask().catch((fault: unknown) => {
        if (!(fault instanceof Misconfigured)) unreachable.push(name);
        return null;
      });
      return [name, answer] as const;
    }),
  );
  const told = Object.fromEntries(answers) as { [Room in keyof Rooms]: Awaited<ReturnType<Rooms[Room]>> | null };
  return { told, unreachable };
}

function mountStatus(app: App, path: string): void {
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: 'How the night shift stands',
      answer: { status: 200, description: 'Each room, and how its jobs went last', schema: AutonomousStatus },
    },
    async ({ world, now }) => {
      const { told, unreachable } = await askRooms(statusRooms(world, now));
      const failed = told.jobs?.some(({ last_outcome: last }) => last === 'failed' || last === 'timed_out') ?? true;
      const misconfigured = misconfiguredJson(wrongVariablesOf(world));
      const status = unreachable.length + misconfigured.length > 0 || failed ? 'impaired' : 'working';
      return { body: { status, ...told, unreachable, misconfigured, timestamp: momentOf(now) } as const };
    },
  );
}

const statusRooms = (world: World, now: number) => ({
  async healing() {
    const [{ healing }, actions] = await Promise.all([world.registry.configuration(), world.healing.book.since(now)]);
    return healingGlance(actions, healingIn(healingDeploymentFrom(world.settings.healing), healing).mode);
  },
  async scaling() {
    const state = await world.registry.scaling();
    const { isOn } = settingsOf(world.settings.scaling);
    return {
      enabled: isOn,
      instances: state?.instances ?? null,
      evaluated_at: momentOrNull(state?.evaluatedAtMs ?? null),
    };
  },
  async anomalies() {
    const [standing, figures] = await Promise.all([world.anomalies.book.standing(), world.anomalies.book.figures()]);
    return anomalyGlance(standing, figures.open);
  },
  async predictions() {
    const [shelf, windows] = await Promise.all([world.predictions.book.read(), world.predictions.book.windows()]);
    return predictionGlance(shelf, windows, settingsFrom(world.settings.predictions).isOn);
  },
  optimizations: async () =>
    tuningGlance(await world.tuning.book.read(), tuningModeOf(tuningSettingsFrom(world.settings.tuning))),
  training: async () => ({ model_version: (await world.training.book.standing()).inForce?.version ?? null }),
  jobs: async () => jobGlances(world.jobs.table, await world.jobs.book.read(), now),
});

function mountStats(app: App, path: string): void {
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: 'What the night shift has done so far',
      answer: { status: 200, description: 'The figures of each room', schema: AutonomousStats },
    },
    async ({ world, now }) => {
      const { told, unreachable } = await askRooms(statsRooms(world));
      const misconfigured = misconfiguredJson(wrongVariablesOf(world));
      return { body: { ...told, unreachable, misconfigured, timestamp: momentOf(now) } };
    },
  );
}

const statsRooms = (world: World) => ({
  healing: async () => healingStatsJson(healingStatistics(await world.healing.book.all())),
  async scaling() {
    const { scaling } = world.settings;
    return scalingJson(await world.registry.scaling(), scaling.ok ? scaling.settings : null);
  },
  async anomalies() {
    const [figures, standing] = await Promise.all([world.anomalies.book.figures(), world.anomalies.book.standing()]);
    return anomalyStatsJson(figures, standing);
  },
  predictions: async () =>
    predictionsJson(await world.predictions.book.read(), settingsFrom(world.settings.predictions)).stats,
  optimizations: async () => tuningCounts(await world.tuning.book.read()),
  jobs: async () => jobTotals(world.jobs.table, await world.jobs.book.read()),
});
