// What the live socket says, in the API's own words: the same shapes as GET /alerts and GET /health.
import { alertJson } from './alerts.ts';
import type { HealingEvent } from '../../domain/healing/healing-event.ts';
import { healingJson } from './healing.ts';
import { changeJson } from './resources.ts';
import { healthJson } from './health.ts';
import { toldRow } from '../../domain/configuration/overridden-row.ts';
import type { LiveMessage } from '../../ports/live-port.ts';

export type LiveJson =
  | { readonly type: 'processor'; readonly processor: ReturnType<typeof healthJson> }
  | { readonly type: 'alert'; readonly alert: ReturnType<typeof alertJson> }
  | { readonly type: 'configuration'; readonly version: number }
  | { readonly type: 'scaled_up' | 'scaled_down'; readonly change: ReturnType<typeof changeJson> }
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
    case 'scaled_up':
    case 'scaled_down':
      return { type: message.type, change: changeJson(message.change) };
    case 'healing':
      return { type: message.event.name, action: healingJson(message.event.action) };
  }
}
