// Every room of the API, in the order of the reference.
import type { App } from '../context.ts';
import { mountAlerts } from './alerts.ts';
import { mountAnalytics } from './analytics.ts';
import { mountAnomalies } from './anomalies.ts';
import { mountAutonomous } from './autonomous.ts';
import { mountBreakers } from './breakers.ts';
import { mountChannels } from './channels.ts';
import { mountConfiguration } from './configuration.ts';
import { mountDeclines } from './declines.ts';
import { mountDocs } from './docs.ts';
import { mountExperiments } from './experiments.ts';
import { mountDeadLetters } from './dead-letters.ts';
import { mountHealing } from './healing.ts';
import { mountHealth } from './health.ts';
import { mountJobs } from './jobs.ts';
import { mountKeys } from './keys.ts';
import { mountLive } from './live.ts';
import { mountMetrics } from './metrics.ts';
import { mountMaintenance } from './maintenance.ts';
import { mountNotifications } from './notifications.ts';
import { mountOptimizations } from './optimizations.ts';
import { mountOverrides } from './overrides.ts';
import { mountPayments } from './payments.ts';
import { mountPredictions } from './predictions.ts';
import { mountPriors } from './priors.ts';
import { mountPrebuiltRules } from './prebuilt-rules.ts';
import { mountProcessors } from './processors.ts';
import { mountResources } from './resources.ts';
import { mountRetryPolicy } from './retry-policy.ts';
import { mountRouting } from './routing.ts';
import { mountRoutingStats } from './routing-stats.ts';
import { mountRules } from './rules.ts';
import { mountSources } from './sources.ts';
import { mountStreams } from './streams.ts';
import { mountTraining } from './training.ts';
import { mountTransactions } from './transactions.ts';
import { mountUnknowns } from './unknowns.ts';
import { mountWebhooks } from './webhooks.ts';

const MOUNTS: readonly ((app: App) => void)[] = [
  mountRouting,
  mountTransactions,
  mountUnknowns,
  mountPayments,
  mountRetryPolicy,
  mountDeclines,
  mountWebhooks,
  mountSources,
  mountDeadLetters,
  mountStreams,
  mountHealth,
  mountAlerts,
  mountChannels,
  mountNotifications,
  mountLive,
  mountProcessors,
  mountBreakers,
  mountRules,
  mountPrebuiltRules,
  mountExperiments,
  mountOverrides,
  mountPriors,
  mountTraining,
  mountConfiguration,
  mountAnomalies,
  mountAnalytics,
  mountRoutingStats,
  mountAutonomous,
  mountHealing,
  mountPredictions,
  mountMaintenance,
  mountOptimizations,
  mountJobs,
  mountResources,
  mountKeys,
  mountMetrics,
  mountDocs,
];

export function mountRoutes(app: App): void {
  for (const mount of MOUNTS) mount(app);
}
