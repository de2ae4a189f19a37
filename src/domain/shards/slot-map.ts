// Who owns which of a processor's 256 slots: its own object, or one of its shards; and which slots must move when there are to be more or fewer. Rules: SPEC.md [SHD].
import { SLOTS } from '../results/slots.ts';

/** 0: the processor's own object; k: its shard `<processor>#<k>`. */
export type SlotOwner = number;
export const OWN_OBJECT: SlotOwner = 0;
export const SHARDS_MAX = 64;

/** Plain JSON. */
export interface SlotMap {
  /** The processor's own epoch: a map of a former life says nothing of this one. */
  readonly life: number;
  /** Counts up with every move: of two maps of one life the one with more is right. */
  readonly epoch: number;
  /** By which ids are hashed into slots: for our own callers alone. */
  readonly salt: string;
  /** By slot. */
  readonly owners: readonly SlotOwner[];
}

export interface SlotMove {
  readonly from: SlotOwner;
  readonly to: SlotOwner;
  readonly slots: readonly number[];
}

/** Hashes of so many slots cross at a time: some tens of milliseconds in which their results wait. */
const SLOTS_PER_MOVE = 16;

export const undividedMap = (life: number, salt: string): SlotMap => ({
  life,
  epoch: 0,
  salt,
  owners: Array.from({ length: SLOTS }, () => OWN_OBJECT),
});

export const isNewer = (map: SlotMap, than: SlotMap | null): boolean =>
  than === null || map.life > than.life || (map.life === than.life && map.epoch > than.epoch);

export function mapAfter(map: SlotMap, { to, slots }: SlotMove): SlotMap {
  const moved = new Set(slots);
  return { ...map, epoch: map.epoch + 1, owners: map.owners.map((owner, slot) => (moved.has(slot) ? to : owner)) };
}

/** How many slots each owner has, by owner, least first. */
export function slotCounts({ owners }: Pick<SlotMap, 'owners'>): readonly (readonly [SlotOwner, number])[] {
  const counts = new Map<SlotOwner, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return [...counts].sort(([left], [right]) => left - right);
}

/** How many slots each owner is to have among `count` of them: one is the processor's own object, more are shards, and it none. */
function quotas(count: number): ReadonlyMap<SlotOwner, number> {
  if (count <= 1) return new Map([[OWN_OBJECT, SLOTS]]);
  const spare = SLOTS % count;
  const quota = (shard: number): number => Math.floor(SLOTS / count) + (shard <= spare ? 1 : 0);
  return new Map(Array.from({ length: count }, (_, index) => [index + 1, quota(index + 1)]));
}

/** The next of the moves that lead to `count` owners, none of which moves a slot that could stay. `null`: there are none. */
export function nextMove({ owners }: Pick<SlotMap, 'owners'>, count: number): SlotMove | null {
  const wanted = quotas(count);
  const kept = new Map<SlotOwner, number>();
  const loose: number[] = [];
  owners.forEach((owner, slot) => {
    const held = kept.get(owner) ?? 0;
    if (held < (wanted.get(owner) ?? 0)) kept.set(owner, held + 1);
    else loose.push(slot);
  });
  const first = loose[0];
  if (first === undefined) return null;
  const from = owners[first]!;
  const [to, room] = [...wanted]
    .map(([owner, quota]) => [owner, quota - (kept.get(owner) ?? 0)] as const)
    .find(([, left]) => left > 0)!;
  const slots = loose.filter((slot) => owners[slot] === from).slice(0, Math.min(room, SLOTS_PER_MOVE));
  return { from, to, slots };
}
