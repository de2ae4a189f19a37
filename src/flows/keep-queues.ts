// Keeps in history how much waited at each processor's object in the minute that was just measured: what capacity is foretold from, and judged by.
import { asProcessorId } from '../domain/identity.ts';
import { MINUTE_MS } from '../domain/predictions/processor-minute.ts';
import { WINDOW_MS } from '../domain/scaling/load-window.ts';
import type { MeasuredObject } from './measure-load.ts';
import type { PastPort } from '../ports/past-port.ts';

/** How many were kept; `null`: there is no history, or it is away: then the minute stands as if nobody had measured it. */
export async function keepQueues(
  past: PastPort | null,
  objects: readonly MeasuredObject[],
  now: number,
): Promise<number | null> {
  if (past === null) return null;
  // The deepest of its objects says how long its results waited.
  const depths = new Map<string, number>();
  for (const { processorId, reading } of objects)
    depths.set(processorId, Math.max(depths.get(processorId) ?? 0, reading?.queueDepthMax ?? 0));
  const queues = [...depths].flatMap(([id, depth]) => (depth > 0 ? [{ id: asProcessorId(id), depth }] : []));
  if (queues.length === 0) return 0;
  // The minute that most of the window lies in.
  const reply = await past.keepQueues(Math.floor((now - WINDOW_MS / 2) / MINUTE_MS), queues);
  return reply.ok ? reply.value : null;
}
