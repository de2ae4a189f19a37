import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash64, parseSalt } from '../../../src/domain/results/hash64.ts';
import {
  isNewer,
  mapAfter,
  nextMove,
  slotCounts,
  type SlotMap,
  undividedMap,
} from '../../../src/domain/shards/slot-map.ts';
import {
  aimedAt,
  begun,
  done,
  isOwn,
  isTurning,
  isUndivided,
  mapToBe,
  newerOf,
  perSlotMax,
  readTurn,
  undivided,
} from '../../../src/domain/shards/slot-turn.ts';
import { slotFinder, slotOfHash, SLOTS } from '../../../src/domain/results/slots.ts';

const SALT = '0123456789abcdef';

describe('slots', () => {
  test('[SHD-1] every caller finds the slot of an id that its kept hash says, and ids spread evenly over all 256', () => {
    const [slotOf, again] = [slotFinder(SALT), slotFinder(SALT)];
    const counts = new Array<number>(SLOTS).fill(0);
    const hash = { lo: 0, hi: 0 };
    for (let index = 0; index < 51_200; index += 1) {
      const id = `txn_${index}`;
      hash64(id, parseSalt(SALT), hash);
      expect(slotOf(id)).toBe(slotOfHash(hash.hi));
      expect(again(id)).toBe(slotOf(id));
      counts[slotOf(id)]! += 1;
    }
    // 200 each; six standard deviations of a fair share.
    expect(Math.min(...counts)).toBeGreaterThan(115);
    expect(Math.max(...counts)).toBeLessThan(285);
  });

  test('[SHD-1] without the salt nobody can say where an id belongs', () => {
    const [one, other] = [slotFinder(SALT), slotFinder('fedcba9876543210')];
    const same = Array.from({ length: 10_000 }, (_, index) => `txn_${index}`).filter((id) => one(id) === other(id));
    expect(same.length).toBeLessThan(100);
  });
});

const countsOf = (map: SlotMap) => slotCounts(map).map(([, count]) => count);

/** All moves to `count`, one after the other. */
function movedTo(map: SlotMap, count: number): { readonly map: SlotMap; readonly moved: readonly number[] } {
  const moved: number[] = [];
  let at = map;
  for (let move = nextMove(at, count); move !== null; move = nextMove(at, count)) {
    expect(move.slots.length).toBeGreaterThan(0);
    expect(move.slots.every((slot) => at.owners[slot] === move!.from)).toBe(true);
    moved.push(...move.slots);
    at = mapAfter(at, move);
  }
  return { map: at, moved };
}

describe('moves', () => {
  test('[SHD-2] moves lead from any division to any other, each owner with its even share, and no slot moves twice or in vain', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 }), (counts) => {
        let map = undividedMap(1, SALT);
        for (const count of counts) {
          const before = map;
          const { map: after, moved } = movedTo(before, count);
          map = after;
          expect(new Set(moved).size).toBe(moved.length);
          expect(moved.every((slot) => before.owners[slot] !== after.owners[slot])).toBe(true);
          expect(slotCounts(map).map(([owner]) => owner)).toEqual(
            count === 1 ? [0] : Array.from({ length: count }, (_, index) => index + 1),
          );
          expect(Math.max(...countsOf(map)) - Math.min(...countsOf(map))).toBeLessThanOrEqual(1);
          // Nobody who keeps his place gives more away than he has too much.
          const keeps = slotCounts(before).filter(([owner]) => map.owners.includes(owner));
          const needless = keeps.reduce((sum, [owner, held]) => {
            const now = map.owners.filter((each) => each === owner).length;
            const gave = moved.filter((slot) => before.owners[slot] === owner).length;
            return sum + Math.max(0, gave - Math.max(0, held - now));
          }, 0);
          expect(needless).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('[SHD-2] of two maps the one of the younger life, and then the one with more moves, is right', () => {
    const map = undividedMap(3, SALT);
    const later = mapAfter(map, { from: 0, to: 1, slots: [7] });
    expect([isNewer(later, map), isNewer(map, later), isNewer(map, map), isNewer(map, null)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(isNewer(undividedMap(4, SALT), later)).toBe(true);
    expect(newerOf(later, map)).toBe(later);
    expect(newerOf(null, map)).toBe(map);
    expect(newerOf(map, null)).toBe(map);
  });
});

describe('turning', () => {
  test('[SHD-9] a move that is begun is the same move until it is done, and its old owner records nothing of its slots meanwhile', () => {
    const turn = begun(aimedAt(undivided(1, SALT), 2));
    expect(begun(turn)).toBe(turn);
    const slot = turn.move!.slots[0]!;
    expect(isOwn(turn, slot)).toBe(false);
    expect(isUndivided(turn)).toBe(false);
    expect(turn.map.owners[slot]).toBe(0);
    expect(mapToBe(turn).owners[slot]).toBe(1);
    const after = done(turn);
    expect(after.map).toEqual(mapToBe(turn));
    expect([after.move, after.shardsEver, isTurning(after)]).toEqual([null, 1, true]);
    expect(mapToBe(after)).toBe(after.map);
  });

  test('[SHD-9] another count while a move is under way lets it end first', () => {
    const turn = aimedAt(begun(aimedAt(undivided(1, SALT), 4)), 1);
    expect(begun(turn).move).toEqual(turn.move);
    let at = turn;
    for (let steps = 0; isTurning(at) && steps < 100; steps += 1) at = done(begun(at));
    expect(isUndivided(at)).toBe(true);
    expect(slotCounts(at.map)).toEqual([[0, SLOTS]]);
  });

  test('[SHD-9] what is stored of a former life counts for nothing, and a newer format is not read', () => {
    const turn = begun(aimedAt(undivided(1, SALT), 2));
    expect(readTurn(turn, 1, SALT)).toBe(turn);
    expect(readTurn(turn, 2, SALT)).toEqual({ ...undivided(2, SALT), shardsEver: 1 });
    expect(readTurn(undefined, 1, SALT)).toEqual(undivided(1, SALT));
    expect(() => readTurn({ ...turn, format: 2 as 1 }, 1, SALT)).toThrow('format');
  });

  test('[SHD-6] of each slot no more hashes cross than all of its new owner may hold', () => {
    const toFour = begun(aimedAt(undivided(1, SALT), 4));
    expect(perSlotMax(toFour, 1_000_000)).toBe(15_625);
    let divided = toFour;
    while (divided.move !== null) divided = begun(done(divided));
    expect(perSlotMax(begun(aimedAt(divided, 1)), 1_000_000)).toBe(3_906);
    expect(perSlotMax(begun(aimedAt(divided, 3)), 1_000_000)).toBe(Math.floor(1_000_000 / 86));
  });
});
