// The Worker's entry: the objects, the lanes of usual calls, and the way to everything else, which is loaded when it is asked for (docs/decisions/0013).
import { awaitsTable } from '../src/platform/isolate-table.ts';
import { memory, worldOf } from './composition/usual-world.ts';
import { throughEntrance } from '../src/http/entrance.ts';
import { throughLanes } from '../src/http/front.ts';

export { AlertCourier } from './composition/channels.ts';
export {
  AnomalyBook,
  CredentialLedgers,
  HealingBook,
  HistoryDesk,
  JobBook,
  ModelBook,
  PredictionBook,
  Processor,
  ProcessorShard,
  Registry,
  RoutingBoard,
  StreamReader,
  TuningBook,
  WebhookIntake,
} from './composition/objects.ts';

const lanes = throughLanes(worldOf, async (request, env, ctx) => {
  const { app } = await import('./composition/house.ts');
  return await app.fetch(request, env, ctx);
});

export default {
  fetch: throughEntrance<Env, ExecutionContext>((request, env, ctx, path) => lanes(request, env, ctx, path), {
    clock: () => Date.now(),
    awaitsTable: (now) => awaitsTable(memory, now),
  }),
  async scheduled({ cron, scheduledTime }, env) {
    const { runCron } = await import('./composition/house.ts');
    await runCron(env, cron, scheduledTime);
  },
} satisfies ExportedHandler<Env>;
