// The names of scopes: everything, a processor, a segment, a segment at one processor; and which of them may show one and the same fault.
import { RESIDUAL, segmentParts } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';

export const HOUSE = '*';
const PROCESSOR = 'processor:';
const SEGMENT = 'segment:';
const ROUTE = 'route:';

export const processorScope = (id: string): string => `${PROCESSOR}${id}`;
export const segmentScope = (key: string): string => `${SEGMENT}${key}`;
export const routeScope = (id: string, key: string): string => `${ROUTE}${id}|${key}`;

export interface ScopeParts {
  /** `*`: several, or all. */
  readonly processorId: string;
  readonly segment: SegmentKey;
}

export function scopeParts(scope: string): ScopeParts {
  if (scope.startsWith(PROCESSOR)) return { processorId: scope.slice(PROCESSOR.length), segment: RESIDUAL };
  if (scope.startsWith(SEGMENT)) return { processorId: '*', segment: scope.slice(SEGMENT.length) as SegmentKey };
  if (!scope.startsWith(ROUTE)) return { processorId: '*', segment: RESIDUAL };
  const bar = scope.indexOf('|');
  return { processorId: scope.slice(ROUTE.length, bar), segment: scope.slice(bar + 1) as SegmentKey };
}

/** Two processors share no attempts; two segments may be hit by one fault of their method or country. */
export function areRelated(left: string, right: string): boolean {
  const [a, b] = [scopeParts(left), scopeParts(right)];
  if (a.processorId !== '*' && b.processorId !== '*' && a.processorId !== b.processorId) return false;
  if (a.segment === RESIDUAL || b.segment === RESIDUAL) return true;
  const [one, other] = [segmentParts(a.segment), segmentParts(b.segment)];
  return one.paymentMethod === other.paymentMethod || one.country === other.country;
}

/** The widest first. */
export function scopeOrder(left: string, right: string): number {
  return widthOf(left) - widthOf(right) || (left < right ? -1 : Number(left > right));
}

export function widthOf(scope: string): number {
  if (scope === HOUSE) return 0;
  if (scope.startsWith(PROCESSOR)) return 1;
  return scope.startsWith(SEGMENT) ? 2 : 3;
}
