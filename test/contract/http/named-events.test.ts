// Each of the seeds' eight events as webhooks are told of it: its name, an id of what happened, and the data of the live socket.
import { expect, test } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { alertOf, T0 } from '../../domain/notifications/sample-incident.ts';
import { EMPTY_TALLY, type Optimization } from '../../../src/domain/tuning/optimization.ts';
import { EVENT_NAMES } from '../../../src/domain/notifications/named-event.ts';
import { liveJson } from '../../../src/http/schemas/live.ts';
import { namedEventOf } from '../../../src/http/schemas/named-events.ts';
import type { HealingAction } from '../../../src/domain/healing/healing-action.ts';
import type { LiveMessage } from '../../../src/ports/live-port.ts';
import type { MaintenanceWindow } from '../../../src/domain/predictions/maintenance-window.ts';
import type { OpenPrediction } from '../../../src/domain/predictions/prediction-book.ts';
import type { ScalingChange } from '../../../src/domain/scaling/scaling-state.ts';

const processorId = asProcessorId('processor_a');
const action: HealingAction = {
  id: 'heal_1f',
  kind: 'drain',
  processorId,
  subject: '*',
  why: 'it fails',
  evidence: { failures: 5 },
  symptomAtMs: T0,
  occasion: null,
  remedy: { do: 'sweep_boards' },
  undo: null,
  plannedAtMs: T0,
  askedBy: 'self-healing',
  revision: 3,
  standing: { state: 'done', atMs: T0, step: 0 },
};
const prediction: OpenPrediction = {
  id: 'prd_processor_a_latency_rising_7',
  kind: 'latency_rising',
  processorId,
  probability: 0.4,
  probabilityAtOpening: 0.3,
  severity: 'warning',
  window: { fromMs: T0, toMs: T0 + 1 },
  limit: 900,
  evidence: {},
  recommendedAction: 'watch',
  openedAtMs: T0,
  updatedAtMs: T0 + 60_000,
};
const window: MaintenanceWindow = {
  id: 'mtn_1',
  processorId,
  window: { fromMs: T0, toMs: T0 + 1 },
  drainFromMs: T0,
  why: 'Certificates',
  who: 'key_1',
  predictionId: null,
  plan: null,
  createdAtMs: T0,
  standing: { state: 'scheduled' },
  revision: 0,
};
const optimization: Optimization = {
  id: 'opt_1',
  setting: 'timeout_ms',
  from: 30_000,
  to: 22_500,
  proof: 'not_worse',
  reason: 'measured',
  evidence: {},
  processorId,
  epoch: 1,
  salt: 3,
  startedAtMs: 1,
  standing: { state: 'trying', countedToMs: 0, trial: EMPTY_TALLY, heldOut: EMPTY_TALLY },
};
const change: ScalingChange = { atMs: 5, from: 2, to: 3, cause: 'load', perMinute: 900, why: null };

const CASES: readonly (readonly [LiveMessage, id: string])[] = [
  [{ type: 'healing', event: { name: 'healing_event', action } }, 'healing_event_heal_1f_3'],
  [{ type: 'healing', event: { name: 'provider_recovered', action } }, 'provider_recovered_heal_1f_3'],
  [{ type: 'healing', event: { name: 'failover_triggered', action } }, 'failover_triggered_heal_1f_3'],
  [
    { type: 'prediction', change: { type: 'updated', prediction } },
    `prediction_prd_processor_a_latency_rising_7_updated_${T0 + 60_000}`,
  ],
  [{ type: 'maintenance_scheduled', window }, 'maintenance_scheduled_mtn_1'],
  [{ type: 'optimization_applied', optimization }, 'optimization_applied_opt_1_trying'],
  [{ type: 'scaled_up', change }, 'scaled_up_5_3'],
  [{ type: 'scaled_down', change: { ...change, to: 1 } }, 'scaled_down_5_1'],
];

test('[NTF-43] each of the eight has its name, an id of what happened, and what the live socket tells of it', () => {
  const events = CASES.map(([message]) => namedEventOf(message, T0));
  expect(events.map((event) => event?.name)).toEqual(EVENT_NAMES);
  expect(events.map((event) => event?.id)).toEqual(CASES.map(([, id]) => id));
  CASES.forEach(([message], index) => {
    const { type, ...data } = liveJson(message);
    expect(events[index]).toMatchObject({ name: type, atMs: T0 });
    expect(JSON.parse(events[index]!.data)).toEqual(JSON.parse(JSON.stringify(data)));
  });
});

test('[NTF-43] alerts and configuration are none of them', () => {
  expect(namedEventOf({ type: 'alert', alert: alertOf() }, T0)).toBeNull();
  expect(namedEventOf({ type: 'configuration', version: 1 }, T0)).toBeNull();
});

test('[NTF-38] data of more than 16,384 bytes are left out, and it says so', () => {
  const long = { ...action, why: 'ä'.repeat(9_000) };
  const told = namedEventOf({ type: 'healing', event: { name: 'healing_event', action: long } }, T0);
  expect(JSON.parse(told!.data)).toEqual({ left_out: expect.stringContaining('16,384') });
});
