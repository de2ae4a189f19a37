// Maintenance windows: scheduled by hand or by the forecast, listed, cancelled.
import { actorOf } from '../actor.ts';
import type { App } from '../context.ts';
import { asProcessorId } from '../../domain/identity.ts';
import { cancelMaintenance } from '../../flows/keep-maintenance.ts';
import { IdParams } from '../schemas/primitives.ts';
import { MaintenanceInput, maintenanceJson, MaintenanceList, MaintenanceOut } from '../schemas/maintenance.ts';
import { type MaintenanceRefusal, scheduleMaintenance } from '../../flows/schedule-maintenance.ts';
import { problem, serve } from '../endpoint.ts';
import type { Refusal } from '../refusal.ts';

const PATH = '/api/v1/maintenance-windows';
const tag = 'Predictions';
const MINUTE_MS = 60_000;

export function mountMaintenance(app: App): void {
  mountWindows(app);
  mountSchedule(app);
  mountCancel(app);
}

function mountWindows(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List maintenance windows',
      description: 'All that are open, and the last 200 that ended.',
      answer: { status: 200, description: 'Newest first', schema: MaintenanceList },
    },
    async ({ world, now }) => {
      const windows = await world.predictions.book.windows();
      return { body: { maintenance_windows: windows.map((one) => maintenanceJson(one, now)), count: windows.length } };
    },
  );
}

function mountSchedule(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: PATH,
      scope: 'operate',
      tag,
      summary: 'Schedule maintenance of a processor',
      description:
        'At `starts_at`, or in the quiet hours of the forecast. Before it the processor is drained, in every segment that somebody else can serve; afterwards its traffic comes back in steps. Audited.',
      body: MaintenanceInput,
      answer: { status: 201, description: 'It is scheduled', schema: MaintenanceOut },
      responses: {
        409: problem('No time can be found, or another window is in the way: `cause` says which'),
        503: problem('History is out of reach, and no time was named'),
      },
    },
    async (call) => {
      const { world, body, now } = call;
      const reply = await scheduleMaintenance(world, {
        processorId: asProcessorId(body.processor_id),
        durationMs: Math.round(body.duration_minutes * MINUTE_MS),
        drainMs: Math.round(body.drain_minutes * MINUTE_MS),
        startsAtMs: body.starts_at === undefined ? null : Date.parse(body.starts_at),
        why: body.why,
        predictionId: null,
        actor: actorOf(call),
      });
      return reply.ok ? { body: maintenanceJson(reply.window, now) } : { refused: refusalFor(reply.reason) };
    },
  );
}

function refusalFor(reason: MaintenanceRefusal): Refusal {
  const wrong = (field: string, message: string): Refusal => ({
    reason: 'invalid_request',
    errors: [{ field, code: 'invalid_field', message }],
  });
  switch (reason) {
    case 'unknown_processor':
      return { reason, field: 'processor_id' };
    case 'history_away':
      return { reason };
    case 'wrong_duration':
      return wrong('duration_minutes', 'must be more than 0 and at most 1440');
    case 'wrong_start':
      return wrong('starts_at', 'must be from now on, within 90 days');
    case 'no_outlook':
    case 'no_others':
    case 'no_room':
    case 'overlaps':
      return { reason: 'not_schedulable', cause: reason };
  }
}

function mountCancel(app: App): void {
  serve(
    app,
    {
      method: 'delete',
      path: `${PATH}/{id}`,
      scope: 'operate',
      tag,
      summary: 'Cancel a maintenance window',
      description: 'Takes effect at once: a processor that was drained for it comes back in steps. Audited.',
      params: IdParams,
      answer: { status: 200, description: 'As it stands now', schema: MaintenanceOut },
      responses: { 404: problem('There is no such window'), 409: problem('It is over already') },
    },
    async (call) => {
      const done = await cancelMaintenance(call.world, call.params.id, actorOf(call));
      if (done.ok) return { body: maintenanceJson(done.window, call.now) };
      return {
        refused:
          done.reason === 'not_found'
            ? { reason: 'not_found', what: 'maintenance window' }
            : { reason: 'not_schedulable', cause: 'over' },
      };
    },
  );
}
