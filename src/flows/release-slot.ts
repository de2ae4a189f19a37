// Gives a promised slot back in every ledger that holds it: the credential's and the payment's.
import { ledgerKeysOf } from '../domain/unknowns/attempt-telling.ts';
import type { Reservation } from '../domain/retries/credential-ledger.ts';
import type { World } from '../ports/world.ts';

export interface SlotOwner {
  readonly fingerprint: string | null;
  readonly paymentId: string | null;
}

/** Whether there was one; who names one of its ledgers alone frees it in the other, too. `null`: some ledger is out of reach, and it lapses there by itself. */
export async function releaseSlot(world: World, owner: SlotOwner, reservationId: string): Promise<boolean | null> {
  const asked = ledgerKeysOf(owner);
  const freed = await freedIn(world, asked, reservationId);
  const others = freed.flatMap((slot) => (slot === null || slot === 'out_of_reach' ? [] : ledgerKeysOf(slot)));
  const beside = await freedIn(
    world,
    others.filter((key) => !asked.includes(key)),
    reservationId,
  );
  const all = [...freed, ...beside];
  return all.includes('out_of_reach') ? null : all.some((slot) => slot !== null);
}

async function freedIn(
  world: World,
  ledgerKeys: readonly string[],
  reservationId: string,
): Promise<readonly (Reservation | null | 'out_of_reach')[]> {
  return await Promise.all(
    ledgerKeys.map(async (key) => {
      const reply = await world.credentials.release(key, reservationId);
      return reply === null ? 'out_of_reach' : reply.freed;
    }),
  );
}
