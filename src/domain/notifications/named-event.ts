// What Signalbox does by itself, under the names that the seeds gave it: a webhook channel hears of the names that it chose.

export const EVENT_NAMES = [
  'healing_event',
  'provider_recovered',
  'failover_triggered',
  'prediction',
  'maintenance_scheduled',
  'optimization_applied',
  'scaled_up',
  'scaled_down',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** Plain JSON. */
export interface NamedEvent {
  /** `[A-Za-z0-9_-]{1,200}`, of what happened: whoever tells it again tells it under the same one. */
  readonly id: string;
  readonly name: EventName;
  readonly atMs: number;
  /** JSON of at most 16,384 bytes: what the live socket tells of it. */
  readonly data: string;
}
