// Lays a processor's bounds (minShare, maxShare, maxTps, a collapsed approval) on the shares a strategy wishes for.
import type { Wish } from './strategies.ts';

/** A processor far below its own baseline keeps enough to be seen to recover, under every strategy but a pin. */
export const COLLAPSED_SHARE_MAX = 0.05;

/** All lists follow the wish. Shares 0-1. */
export interface ShareBounds {
  readonly caps: readonly number[];
  readonly floors: readonly number[];
  readonly collapsed: readonly boolean[];
}

const ROUNDING = 1e-12;
/** Weight of an arm nobody wished for, when others overflow into it. */
const UNWISHED = 1e-9;

/** Sums to 1 whatever the bounds: where they leave no room the last resort is to break them, never to refuse. */
export function boundedShares(wish: Wish, bounds: ShareBounds): number[] {
  const count = wish.shares.length;
  if (count === 1) return [1];
  const allCollapsed = bounds.collapsed.every(Boolean);
  const caps = bounds.caps.map((cap, index) =>
    bounds.collapsed[index] && !allCollapsed ? Math.min(cap, COLLAPSED_SHARE_MAX) : cap,
  );
  const room = caps.reduce((sum, cap) => sum + cap, 0);
  if (room < 1) return overflowing(caps, allCollapsed ? caps.map(() => false) : bounds.collapsed, 1 - room);
  const floors = fittingFloors(bounds.floors, caps);
  return wish.kind === 'ordered' ? filledInOrder(caps, floors) : poured(wish.shares, caps, floors);
}

/** Everyone is full: the rest is borne by those that are well, in proportion to what they may take. */
function overflowing(caps: readonly number[], spared: readonly boolean[], excess: number): number[] {
  const bearing = caps.map((cap, index) => (spared[index] ? 0 : cap));
  const borne = bearing.reduce((sum, cap) => sum + cap, 0);
  const bearers = spared.filter((isSpared) => !isSpared).length;
  return caps.map((cap, index) => {
    if (spared[index]) return cap;
    return cap + excess * (borne > 0 ? (bearing[index] ?? 0) / borne : 1 / bearers);
  });
}

function fittingFloors(floors: readonly number[], caps: readonly number[]): number[] {
  const fitting = floors.map((floor, index) => Math.min(floor, caps[index] ?? 1));
  const sum = fitting.reduce((total, floor) => total + floor, 0);
  return sum > 1 ? fitting.map((floor) => floor / sum) : fitting;
}

function filledInOrder(caps: readonly number[], floors: readonly number[]): number[] {
  const shares = [...floors];
  let rest = 1 - floors.reduce((sum, floor) => sum + floor, 0);
  for (const [index, cap] of caps.entries()) {
    const more = Math.min(rest, cap - (shares[index] ?? 0));
    shares[index] = (shares[index] ?? 0) + more;
    rest -= more;
  }
  return shares;
}

/**
 * Water-filling: the shares keep their proportions except where a bound stops them. Each round freezes those that
 * break the kind of bound that is broken most, as CSS flexible lengths are resolved; at most one round per arm.
 */
function poured(wished: readonly number[], caps: readonly number[], floors: readonly number[]): number[] {
  if (wished.every((share, index) => share <= (caps[index] ?? 1) && share >= (floors[index] ?? 0))) return [...wished];
  const weights = wished.map((share) => Math.max(share, UNWISHED));
  const shares = weights.map(() => 0);
  const free = new Set(weights.keys());
  let rest = 1;
  while (free.size > 0) {
    const weight = [...free].reduce((sum, index) => sum + (weights[index] ?? 0), 0);
    let excess = 0;
    for (const index of free) {
      const share = ((weights[index] ?? 0) * rest) / weight;
      shares[index] = Math.min(caps[index] ?? 1, Math.max(floors[index] ?? 0, share));
      excess += (shares[index] ?? 0) - share;
    }
    if (Math.abs(excess) <= ROUNDING) break;
    // Lifted by floors more than held by caps: the floors stand, and the others share what is left; else the other way.
    const bounds = excess > 0 ? floors : caps;
    for (const index of free) {
      const share = ((weights[index] ?? 0) * rest) / weight;
      const bound = bounds[index] ?? 0;
      if (excess > 0 ? share < bound : share > bound) free.delete(index);
    }
    rest = 1 - shares.reduce((sum, share, index) => (free.has(index) ? sum : sum + share), 0);
  }
  return shares;
}
