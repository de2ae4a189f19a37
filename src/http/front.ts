// Stands before the middleware: usual calls of the busiest endpoints are answered here, and all others go on to it with what is known of them.
import type { App, Surroundings } from './context.ts';
import type { World } from '../ports/world.ts';
import { answerUsual, pathOf, type Lane, type Opened } from './express-lane.ts';
import { LANES } from './usual-calls.ts';

type Fetch = App['fetch'];

const opened = new WeakMap<Request, Opened>();

/** What a lane has found out about a request that it left over. */
export const openedOf = (request: Request): Opened | undefined => opened.get(request);

const laneByPath: ReadonlyMap<string, Lane> = new Map(LANES.map((lane) => [lane.path, lane]));

/** `path`: of the request's address, for whoever has read it already. */
export type LaneFetch = (...around: [...Parameters<Fetch>, path?: string]) => ReturnType<Fetch>;

export function throughLanes(worldOf: (around: Surroundings) => World, middleware: Fetch): LaneFetch {
  return (request, env, executionCtx, path = pathOf(request.url)) => {
    const lane = laneByPath.get(path);
    if (lane === undefined || request.method !== 'POST') return middleware(request, env, executionCtx);
    const open = (): World => worldOf({ request, env, executionCtx } as Surroundings);
    return answerUsual(request, lane, open, (left) => {
      if (left.opened !== null) opened.set(left.request, left.opened);
      return middleware(left.request, env, executionCtx);
    });
  };
}
