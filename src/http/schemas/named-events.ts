// What the live socket says, as an event that webhooks are told: its name, an id of its own, and the same data.
import { EVENT_NAMES, type EventName, type NamedEvent } from '../../domain/notifications/named-event.ts';
import { liveJson } from './live.ts';
import type { LiveMessage } from '../../ports/live-port.ts';

/** Of JSON, in bytes; a message is smaller than 20 kB. */
const DATA_BYTES_MAX = 16_384;

/** `null`: it is not one of them; processors, alerts, anomalies and configuration have their own ways. */
export function namedEventOf(message: LiveMessage, atMs: number): NamedEvent | null {
  const { type, ...data } = liveJson(message);
  const about = idOf(message);
  if (!isEventName(type) || about === null) return null;
  const text = JSON.stringify(data);
  const isShort = new TextEncoder().encode(text).length <= DATA_BYTES_MAX;
  return {
    id: `${type}_${about}`.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 200),
    name: type,
    atMs,
    data: isShort ? text : JSON.stringify({ left_out: 'it is longer than 16,384 bytes' }),
  };
}

const isEventName = (type: string): type is EventName => EVENT_NAMES.some((name) => name === type);

/** Of what happened, not of its telling. */
function idOf(message: LiveMessage): string | null {
  switch (message.type) {
    case 'healing':
      return `${message.event.action.id}_${message.event.action.revision}`;
    case 'prediction': {
      const { type, prediction } = message.change;
      return `${prediction.id}_${type}_${prediction.updatedAtMs}`;
    }
    case 'maintenance_scheduled':
      return message.window.id;
    case 'optimization_applied':
      return `${message.optimization.id}_${message.optimization.standing.state}`;
    case 'scaled_up':
    case 'scaled_down':
      return `${message.change.atMs}_${message.change.to}`;
    default:
      return null;
  }
}
