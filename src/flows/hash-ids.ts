// Puts keyed hashes in the place of ids that hold a card number, in a JSON value of which nobody could read more than its names. Rules: SPEC.md [WHK].
import { DEPTH_MAX } from '../domain/results/card-number-walk.ts';
import { holdsCardNumberInId } from '../domain/results/card-number-in-id.ts';
import { holdsCardNumber } from '../domain/results/card-number.ts';
import type { World } from '../ports/world.ts';

/** How vendors end the names of what they tell things apart by. A wrong yes is a hash where there had been a mask. */
const ID_NAME = /(?:id|key|ref|refnumber|reference|transaction|fingerprint)$/i;

/** The hash is the one that the event would have been given, so that two ids stay two when it is read after all. */
export async function hashIds(world: Pick<World, 'pseudonym'>, value: unknown): Promise<unknown> {
  const found = new Set<string>();
  withIds(value, (text) => {
    found.add(text);
    return text;
  });
  if (found.size === 0) return value;
  const hashes = new Map(
    await Promise.all([...found].map(async (text) => [text, await world.pseudonym(text)] as const)),
  );
  return withIds(value, (text) => hashes.get(text)!);
}

function withIds(value: unknown, hash: (id: string) => string): unknown {
  const walk = (held: unknown, isId: boolean, depth: number): unknown => {
    if (typeof held === 'string' || typeof held === 'number') {
      const text = String(held);
      return isId && (holdsCardNumber(text) || holdsCardNumberInId(text)) ? hash(text) : held;
    }
    if (typeof held !== 'object' || held === null || depth >= DEPTH_MAX) return held;
    if (Array.isArray(held)) return held.map((item: unknown) => walk(item, isId, depth + 1));
    return Object.fromEntries(
      Object.entries(held).map(([name, item]) => [name, walk(item, ID_NAME.test(name), depth + 1)]),
    );
  };
  return walk(value, false, 0);
}
