// The endpoints that have an express lane, and what each does with a usual call.
import { fromBody } from './route-question.ts';
import { BODY_BYTES_MAX, ITEMS_MAX } from './input-bounds.ts';
import { recommendRoute, type RouteAnswer } from '../flows/recommend-route.ts';
import { recordAllRead, recordRead, type Intake } from './result-intake.ts';
import { routeJson } from './route-json.ts';
import { usualBodyOf } from './usual-body.ts';
import { usualResultOf } from './usual-results.ts';
import type { IncomingResult } from '../flows/record-results.ts';
import type { Lane, LaneAnswer } from './express-lane.ts';
import type { World } from '../ports/world.ts';

const QUESTION_BYTES_MAX = 16_384;

const recommending: Lane = {
  path: '/api/v1/routing/recommend',
  scope: 'route',
  bytesMax: QUESTION_BYTES_MAX,
  reads: 'text',
  take(document) {
    const body = usualBodyOf(document);
    const question = body === null ? null : fromBody(body);
    if (question === null || 'refused' in question) return null;
    const told = (answer: RouteAnswer | null): LaneAnswer =>
      answer === null ? null : { body: routeJson(answer, { explain: 'top', warnings: question.warnings }) };
    return (world) => {
      const answer = recommendRoute(world, question.request);
      return answer instanceof Promise ? answer.then(told) : told(answer);
    };
  },
};

const recording: Lane = {
  path: '/api/v1/transactions',
  scope: 'ingest',
  bytesMax: BODY_BYTES_MAX,
  // Ids that are broken in one way would become one.
  reads: 'bytes',
  take(document) {
    if (isBatch(document)) {
      const items = usualItems(document.transactions);
      return items === null ? null : async (world, now) => await recordAllRead(intakeOf(world, now), items);
    }
    const item = usualResultOf(document, 0);
    return item === null ? null : async (world, now) => await recordRead(intakeOf(world, now), item);
  },
};

export const LANES: readonly Lane[] = [recommending, recording];

const intakeOf = (world: World, now: number): Intake => ({
  world,
  now,
  idempotencyKey: null,
  hashedFields: [],
  cardItems: new Map(),
});

/** Nothing else in it: what stands beside the list is looked at by the guard. */
function isBatch(document: unknown): document is { readonly transactions: readonly unknown[] } {
  if (typeof document !== 'object' || document === null) return false;
  const { transactions } = document as { readonly transactions?: unknown };
  return Array.isArray(transactions) && Object.keys(document).length === 1;
}

function usualItems(list: readonly unknown[]): readonly IncomingResult[] | null {
  if (list.length === 0 || list.length > ITEMS_MAX) return null;
  const items: IncomingResult[] = [];
  for (const sent of list) {
    const item = usualResultOf(sent, items.length);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}
