// Takes card numbers out of an event that nobody may refuse: ids that hit become keyed hashes, other texts are masked, numbers left out. Rules: SPEC.md [PAN], [WHK].
import type { AttemptEvent } from '../domain/results/attempt-event.ts';
import { holdsCardNumberInId } from '../domain/results/card-number-in-id.ts';
import { holdsCardNumber, maskCardNumbers } from '../domain/results/card-number.ts';
import type { World } from '../ports/world.ts';

const ID_FIELDS = ['eventId', 'attemptKey', 'transactionId', 'credentialFingerprint'] as const;

export interface MaskedEvent {
  readonly event: AttemptEvent;
  /** Fields in which something was found. */
  readonly count: number;
}

/** The hash is the one that the API gives the same text, so that what was reported there joins. */
export async function maskEvent(world: Pick<World, 'pseudonym'>, event: AttemptEvent): Promise<MaskedEvent> {
  const entries = await Promise.all(
    Object.entries(event).map(async ([name, value]: [string, unknown]) => {
      // An amount of that form is somebody's mistake; told as none, it is looked at and not counted as money.
      if (typeof value === 'number' && mayBeCardNumber(value)) return [name, null, true] as const;
      if (typeof value !== 'string') return [name, value, false] as const;
      const isId = (ID_FIELDS as readonly string[]).includes(name);
      if (isId && (holdsCardNumber(value) || holdsCardNumberInId(value)))
        return [name, await world.pseudonym(value), true] as const;
      return holdsCardNumber(value) ? ([name, maskCardNumbers(value), true] as const) : ([name, value, false] as const);
    }),
  );
  const found = entries.filter(([, , isFound]) => isFound);
  if (found.length === 0) return { event, count: 0 };
  // The same fields with types they may have: texts became other texts, and every number may be none.
  const masked = Object.fromEntries(entries.map(([name, value]) => [name, value])) as unknown as AttemptEvent;
  return { event: masked, count: found.length };
}

/** By its whole part: a latency has 17 digits, most of them behind the point. Beyond 2^53 it is rounded, and says no longer what it was. */
function mayBeCardNumber(value: number): boolean {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER || holdsCardNumberInId(String(Math.trunc(value)));
}
