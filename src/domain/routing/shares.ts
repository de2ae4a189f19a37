// Lays a processor's bounds (minShare, maxShare, maxTps, a collapsed approval) on the shares a strategy wishes for.
import type { Wish } from './strategies.ts';

/** A processor far below its own baseline keeps enough to be seen to recover, under every strategy but a pin. */
export const COLLAPSED_SHARE_MAX = 0.05;

/** All lists follow the wish. Shares 0-1. */
export interface ShareBounds {
  readonly caps: readonly number[];
  /** What each can bear (maxTps), at least its cap: more gets nobody served, while a cap alone may be broken for want of another. */
  readonly limits: readonly number[];
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
  if (sumOf(caps) < 1) return overflowing(caps, bounds.limits, allCollapsed ? caps.map(() => false) : bounds.collapsed);
  const floors = fittingFloors(bounds.floors, caps);
  return wish.kind === 'ordered' ? filledInOrder(caps, floors) : poured(wish.shares, caps, floors);
}

/**
 * Everyone is full. The rest is borne by those that are well, in proportion to what they may take, as far as they can bear it; then by those
 * spared until then; then by those that are well after all.
 */
function overflowing(caps: readonly number[], limits: readonly number[], spared: readonly boolean[]): number[] {
  const bearable = limits.map((limit, index) => (spared[index] ? (caps[index] ?? 0) : limit));
  const room = sumOf(caps);
  const wished = caps.map((cap) => (room > 0 ? cap / room : 1 / caps.length));
  if (sumOf(bearable) >= 1) return poured(wished, bearable, caps);
  if (sumOf(limits) >= 1) return poured(wished, limits, bearable);
  const excess = 1 - sumOf(limits);
  const bearing = limits.map((limit, index) => (spared[index] ? 0 : limit));
  const borne = sumOf(bearing);
  const bearers = spared.filter((isSpared) => !isSpared).length;
  return limits.map((limit, index) => {
    if (spared[index]) return limit;
    return limit + excess * (borne > 0 ? (bearing[index] ?? 0) / borne : 1 / bearers);
  });
}

const sumOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0);

function fittingFloors(floors: readonly number[], caps: readonly number[]): number[] {
  const fitting = floors.map((floor, index) => Math.min(floor, caps[index] ?? 1));
  const sum = sumOf(fitting);
  return sum > 1 ? fitting.map((floor) => floor / sum) : fitting;
}

function filledInOrder(caps: readonly number[], floors: readonly number[]): number[] {
  const shares = [...floors];
  let rest = 1 - sumOf(floors);
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
