// The turning of a processor's slots as its own object keeps it: the map, how many owners there are to be, and the one move under way. Each step may be taken
// twice: who is killed between two of them finds here which was the last. Rules: SPEC.md [SHD].
import { isNewer, mapAfter, nextMove, OWN_OBJECT, undividedMap, type SlotMap, type SlotMove } from './slot-map.ts';
import { SLOTS } from '../results/slots.ts';

/** Plain JSON. */
export interface SlotTurn {
  readonly format: 1;
  readonly map: SlotMap;
  /** So many owners there are to be. */
  readonly count: number;
  /** From here on its old owner records nothing of these slots, and its new one not before it has their hashes. */
  readonly move: SlotMove | null;
  /** The highest shard there ever was: those that own nothing any more may still have to tell history something. */
  readonly shardsEver: number;
}

export const undivided = (life: number, salt: string): SlotTurn => ({
  format: 1,
  map: undividedMap(life, salt),
  count: 1,
  move: null,
  shardsEver: 0,
});

/** As any version of this code has stored it; what is of a former life counts for nothing. Throws on a format of newer code. */
export function readTurn(stored: SlotTurn | undefined, life: number, salt: string): SlotTurn {
  if (stored === undefined) return undivided(life, salt);
  if (stored.format !== 1) throw new Error(`unknown format of slots ${String((stored as { format: unknown }).format)}`);
  return stored.map.life === life ? stored : { ...undivided(life, salt), shardsEver: stored.shardsEver };
}

export const aimedAt = (turn: SlotTurn, count: number): SlotTurn => ({ ...turn, count });

/** With the next move begun, if there is one and none is under way. */
export function begun(turn: SlotTurn): SlotTurn {
  if (turn.move !== null) return turn;
  const move = nextMove(turn.map, turn.count);
  return move === null ? turn : { ...turn, move, shardsEver: Math.max(turn.shardsEver, move.to) };
}

/** As it will be when the move under way is done; both its ends know it before anybody else. */
export const mapToBe = ({ map, move }: SlotTurn): SlotMap => (move === null ? map : mapAfter(map, move));

export const done = (turn: SlotTurn): SlotTurn => ({ ...turn, map: mapToBe(turn), move: null });

export const isTurning = (turn: SlotTurn): boolean => turn.move !== null || nextMove(turn.map, turn.count) !== null;

/** Whether the processor's own object records the slot's results now. */
export function isOwn({ map, move }: SlotTurn, slot: number): boolean {
  return map.owners[slot] === OWN_OBJECT && !(move !== null && move.slots.includes(slot));
}

/** Whether it records everything: then nobody need be asked where anything belongs. */
export const isUndivided = ({ map, move }: SlotTurn): boolean =>
  move === null && map.owners.every((owner) => owner === OWN_OBJECT);

/** Of each slot at most so many hashes move, that all that an owner will have fit its ledger of `resultsMax`. */
export const perSlotMax = ({ count }: SlotTurn, resultsMax: number): number =>
  Math.floor(resultsMax / Math.ceil(SLOTS / Math.max(1, count)));

/** The newer of two maps that a caller has heard of. */
export const newerOf = (held: SlotMap | null, heard: SlotMap | null): SlotMap | null =>
  heard !== null && isNewer(heard, held) ? heard : held;
