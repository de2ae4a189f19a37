// Stands before the middleware: usual calls of the busiest endpoints are answered here, and all others go on to it with what is known of them.
import type { App, Surroundings } from './context.ts';
import type { World } from '../ports/world.ts';
import { answerUsual, isUsualCall, type Opened } from './express-lane.ts';
import { LANES } from './usual-calls.ts';

type Fetch = App['fetch'];

const opened = new WeakMap<Request, Opened>();

/** What a lane has found out about a request that it left over. */
export const openedOf = (request: Request): Opened | undefined => opened.get(request);

export function throughLanes(worldOf: (around: Surroundings) => World, middleware: Fetch): Fetch {
  return async (request, env, executionCtx) => {
    const lane = LANES.find((each) => isUsualCall(request, each));
    if (lane === undefined) return await middleware(request, env, executionCtx);
    const done = await answerUsual(request, lane, () => worldOf({ request, env, executionCtx } as Surroundings));
    if (done instanceof Response) return done;
    if (done.opened !== null) opened.set(done.request, done.opened);
    return await middleware(done.request, env, executionCtx);
  };
}
