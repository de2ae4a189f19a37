// One round of foretelling: counts what has happened, looks ahead for each processor, judges what was foretold, keeps it, tells it, and hands it on to history. Rules: SPEC.md [PRD].
import { isWindowOpen } from '../domain/predictions/maintenance-window.ts';
import { KEPT_MINUTES, MINUTE_MS, type ProcessorMinute } from '../domain/predictions/processor-minute.ts';
import { lookAhead } from '../domain/predictions/predict.ts';
import { othersAble, segmentsOf } from '../domain/healing/standing-now.ts';
import {
  type PredictionBook,
  type PredictionChange,
  type Sensitivity,
  turnBook,
} from '../domain/predictions/prediction-book.ts';
import { type PredictionShelf, toldShelf, turnedShelf, untoldOf } from '../domain/predictions/prediction-shelf.ts';
import { volumeOutlook } from '../domain/predictions/volume-outlook.ts';
import { countUp, orThrow } from './count-up.ts';
import { HISTORY_HOURS } from '../domain/forecasting/forecast-metric.ts';
import type { HourPast } from '../domain/forecasting/hour-past.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import type { PastPort } from '../ports/past-port.ts';
import type { PredictionSettings } from '../domain/predictions/prediction-settings.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import { scheduleMaintenance } from './schedule-maintenance.ts';
import { seeHouse } from './see-house.ts';
import type { Shift } from '../ports/job-port.ts';
import { quietFilled } from '../domain/forecasting/quiet-hours.ts';
import type { World } from '../ports/world.ts';

/** Under whose name maintenance is scheduled by itself. */
export const FORETELLER = 'predictive-maintenance';
/** Whose minutes are read at a time: a day of ten is a megabyte. */
const BATCH = 10;
/** Of the run, for counting; what is left is for looking. */
const COUNTING_MS = 60_000;
const OUTLOOK_HOURS = 5;
const ROWS_AT_ONCE = 200;
const MAINTENANCE_MS = 30 * MINUTE_MS;
const DRAIN_MS = 15 * MINUTE_MS;

export type ForetellingShift = Pick<Shift, 'token' | 'cursor' | 'signal' | 'count'>;

/** Gives back how far it has counted. Throws where history or the Registry is away: nothing is judged then. */
export async function foretellTrouble(
  world: World,
  settings: PredictionSettings,
  { token, cursor, signal, count }: ForetellingShift,
): Promise<string | null> {
  const { past, book } = world.predictions;
  if (past === null || !settings.isOn) {
    count({ is_off: settings.isOn ? 0 : 1, is_without_history: past === null ? 1 : 0 });
    return cursor;
  }
  const now = world.now();
  const isOver = (): boolean => signal.aborted || world.now() - now > COUNTING_MS;
  const counted = await countUp(past, { cursor, now, isOver });
  count({ stretches_counted: counted.stretches });
  // Of a past that is not complete nothing can be said: its last minutes are those of hours ago.
  if (!counted.isComplete) return counted.cursor;
  const house = await seeHouse(world, now);
  const shelf = await book.read();
  const turned = await turnedAll(
    past,
    { house, timeouts: await timeoutsOf(world), sensitivity: settings.sensitivity, signal },
    shelf.book,
  );
  const { changes } = turned;
  const after = turnedShelf(shelf, turned.book, [...new Set(changes.map(({ prediction }) => prediction.id))]);
  count({ processors_seen: turned.seen });
  // Whoever was faster has judged by the same minutes.
  if (!(await book.save(after))) return counted.cursor;
  count(countsOf(changes));
  await world.predictions.tell(changes.map((change) => ({ type: 'prediction', change })));
  if (settings.schedulesMaintenance) {
    // What has come is no matter of confidence.
    const isSure = ({ type, prediction }: PredictionChange): boolean =>
      type === 'confirmed' || prediction.probability >= settings.confidenceMin;
    const sure = changes.filter(isSure);
    count({ maintenance_scheduled: await scheduleFor(world, sure, token) });
  }
  count({ rows_unsent: await handOn(world, after) });
  return counted.cursor;
}

interface Round {
  readonly house: HouseSnapshot;
  /** By `<processor> <epoch>`, in ms. */
  readonly timeouts: ReadonlyMap<string, number>;
  readonly sensitivity: Sensitivity;
  readonly signal: AbortSignal;
}

/** Those that tuning has kept: of others nobody knows whether callers go by them. */
async function timeoutsOf({ tuning }: World): Promise<ReadonlyMap<string, number>> {
  const published = await tuning.book.published().catch(() => []);
  return new Map(
    published.flatMap(({ processorId, epoch, values: { timeout_ms: timeoutMs } }) =>
      timeoutMs === undefined ? [] : [[`${processorId} ${epoch}`, timeoutMs] as const],
    ),
  );
}

interface Turned {
  readonly book: PredictionBook;
  readonly changes: readonly PredictionChange[];
  readonly seen: number;
}

async function turnedAll(past: PastPort, round: Round, before: PredictionBook): Promise<Turned> {
  const { processors } = round.house.configuration;
  const changes: PredictionChange[] = [];
  let book = before;
  for (let at = 0; at < processors.length; at += BATCH) {
    if (round.signal.aborted) throw new Error('the time was over before every processor was looked at');
    const batch = processors.slice(at, at + BATCH);
    const read = await pastOf(past, batch, round.house.now);
    for (const processor of batch) {
      const minutes = read.minutes.get(processor.id) ?? [];
      const prognoses = lookAhead(
        {
          processorId: processor.id,
          minutes,
          outlook: volumeOutlook(quietFilled(read.hours.get(processor.id) ?? []), round.house.now, OUTLOOK_HOURS),
          maxTps: processor.maxTps,
          timeoutMs: round.timeouts.get(`${processor.id} ${processor.epoch}`) ?? null,
          isReplaceable: isReplaceable(round.house, processor),
        },
        round.house.now,
      );
      const turn = { processorId: processor.id, nowMs: round.house.now, minutes, prognoses };
      const turned = turnBook(book, { ...turn, sensitivity: round.sensitivity });
      book = turned.book;
      changes.push(...turned.changes);
    }
  }
  return { book, changes, seen: processors.length };
}

interface ReadPast {
  readonly minutes: ReadonlyMap<string, readonly ProcessorMinute[]>;
  readonly hours: ReadonlyMap<string, readonly HourPast[]>;
}

/** Hours are forecast only for who has a bound to meet. */
async function pastOf(past: PastPort, batch: readonly RegisteredProcessor[], now: number): Promise<ReadPast> {
  const minute = Math.floor(now / MINUTE_MS);
  const hour = Math.floor(minute / 60);
  const ids = batch.map(({ id }) => id);
  const bounded = batch.filter(({ maxTps }) => maxTps !== null).map(({ id }) => id);
  const minutes = orThrow(await past.minutes(ids, minute - KEPT_MINUTES));
  const hours = bounded.length === 0 ? new Map() : orThrow(await past.hours(bounded, hour - HISTORY_HOURS, hour));
  return { minutes, hours };
}

const isReplaceable = (house: HouseSnapshot, processor: RegisteredProcessor): boolean =>
  segmentsOf(processor).every((segment) => othersAble(house, processor.id, segment).length > 0);

function countsOf(changes: readonly PredictionChange[]): Record<string, number> {
  const of = (type: PredictionChange['type']): number => changes.filter((change) => change.type === type).length;
  return {
    predictions_opened: of('opened'),
    predictions_confirmed: of('confirmed'),
    predictions_false: of('false'),
    predictions_unjudged: of('unjudged'),
  };
}

/** One window for each processor that is foretold to need it, or by now does; one that has a window already gets no other. */
async function scheduleFor(world: World, changes: readonly PredictionChange[], token: number): Promise<number> {
  const due = changes.filter(
    ({ type, prediction }) =>
      (type === 'opened' || type === 'updated' || type === 'confirmed') &&
      prediction.recommendedAction === 'schedule_maintenance',
  );
  if (due.length === 0) return 0;
  const windows = await world.predictions.book.windows();
  let scheduled = 0;
  for (const { prediction } of due) {
    if (windows.some((window) => isWindowOpen(window) && window.processorId === prediction.processorId)) continue;
    const reply = await scheduleMaintenance(world, {
      processorId: prediction.processorId,
      durationMs: MAINTENANCE_MS,
      drainMs: DRAIN_MS,
      startsAtMs: null,
      why: `Foretold: ${prediction.kind}`,
      predictionId: prediction.id,
      actor: { keyId: FORETELLER, requestId: `foretell-trouble ${token}` },
    });
    if (reply.ok) scheduled += 1;
  }
  return scheduled;
}

/** How many rows are left for the next run: what is not crossed off is sent again, and changes nothing if it had arrived. */
async function handOn({ predictions: { history, book } }: World, shelf: PredictionShelf): Promise<number> {
  const rows = untoldOf(shelf);
  const told = new Set<string>();
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    if (history === null || !(await history.keep('predictions', some)).ok) break;
    for (const { id } of some) told.add(id);
  }
  if (told.size > 0) await book.save(toldShelf(shelf, told));
  return rows.length - told.size;
}
