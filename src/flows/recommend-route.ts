// Answers "which processor now?" from the isolate's table, with at most one permit request on the way.
import type { Decision, RouteRequest } from '../domain/routing/route-request.ts';
import type { DecisionId } from '../domain/identity.ts';
import type { World } from '../ports/world.ts';

export interface RouteAnswer {
  readonly decision: Decision;
  readonly decisionId: DecisionId | null;
  readonly tableAgeMs: number;
  readonly source: 'memory' | 'board' | 'stale';
}

/** `null` only on a cold isolate without any source: 503 and Retry-After. */
export type RecommendRoute = (world: World, request: RouteRequest) => Promise<RouteAnswer | null>;
/** Explains without deciding: no permit is asked, no decision counted, no token signed. `at` is a moment, `seed` fixes the draw. */
export type SimulateRoute = (world: World, request: RouteRequest, seed: bigint | null) => Promise<RouteAnswer | null>;
