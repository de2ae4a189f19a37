// What the live socket says, in the API's own words: the same shapes as GET /alerts and GET /health.
import { alertJson } from './alerts.ts';
import { anomalyJson } from './anomalies.ts';
import type { HealingEvent } from '../../domain/healing/healing-event.ts';
import { healingJson } from './healing.ts';
import { changeJson } from './resources.ts';
import { healthJson } from '../health-json.ts';
import { maintenanceJson } from './maintenance.ts';
import { optimizationJson } from './optimizations.ts';
import { predictionChangeJson } from './predictions.ts';
import { toldRow } from '../../domain/configuration/overridden-row.ts';
import type { LiveMessage } from '../../ports/live-port.ts';

export type LiveJson =
  | { readonly type: 'processor'; readonly processor: ReturnType<typeof healthJson> }
  | { readonly type: 'alert'; readonly alert: ReturnType<typeof alertJson> }
  | { readonly type: 'configuration'; readonly version: number }
  | { readonly type: 'anomaly'; readonly anomaly: ReturnType<typeof anomalyJson> }
  | { readonly type: 'scaled_up' | 'scaled_down'; readonly change: ReturnType<typeof changeJson> }
  | ({ readonly type: 'prediction' } & ReturnType<typeof predictionChangeJson>)
  | { readonly type: 'maintenance_scheduled'; readonly window: ReturnType<typeof maintenanceJson> }
  | { readonly type: 'optimization_applied'; readonly optimization: ReturnType<typeof optimizationJson> }
  | { readonly type: HealingEvent['name']; readonly action: ReturnType<typeof healingJson> };

export function liveJson(message: LiveMessage): LiveJson {
  switch (message.type) {
    case 'processor': {
      const { row, overrides, atMs } = message;
      return { type: 'processor', processor: healthJson(toldRow(row.processorId, row, overrides, atMs)) };
    }
    case 'alert':
      return { type: 'alert', alert: alertJson(message.alert) };
    case 'configuration':
      return message;
    case 'anomaly':
      return { type: 'anomaly', anomaly: anomalyJson(message.anomaly) };
    case 'scaled_up':
    case 'scaled_down':
      return { type: message.type, change: changeJson(message.change) };
    case 'prediction':
      return { type: message.type, ...predictionChangeJson(message.change) };
    case 'maintenance_scheduled':
      return { type: message.type, window: maintenanceJson(message.window, message.window.createdAtMs) };
    case 'optimization_applied':
      return { type: message.type, optimization: optimizationJson(message.optimization) };
    case 'healing':
      return { type: message.event.name, action: healingJson(message.event.action) };
  }
}
