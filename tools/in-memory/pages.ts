// Pages of a list that one process holds: the cursor is the place in it.
import type { Page } from '../../src/ports/registry-port.ts';

export function pageOf<Item>(items: readonly Item[], cursor: string | null, limit: number): Page<Item> {
  const start = cursor === null ? 0 : Number(cursor);
  const end = start + limit;
  return { items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null };
}
