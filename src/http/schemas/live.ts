// What the live socket says, in the API's own words: the same shapes as GET /alerts and GET /health.
import { alertJson } from './alerts.ts';
import { healthJson } from './health.ts';
import { toldRow } from '../../domain/configuration/overridden-row.ts';
import type { LiveMessage } from '../../ports/live-port.ts';

export type LiveJson =
  | { readonly type: 'processor'; readonly processor: ReturnType<typeof healthJson> }
  | { readonly type: 'alert'; readonly alert: ReturnType<typeof alertJson> }
  | { readonly type: 'configuration'; readonly version: number };

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
  }
}
