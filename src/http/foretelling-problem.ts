// What a caller is told where too little has happened to say what will, or where no time for maintenance can be found.
import type { NotSchedulable, Refusal } from './refusal.ts';

interface ForetellingProblem {
  readonly status: 409 | 422;
  readonly title: string;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;
}

type ForetellingRefusal = Extract<Refusal, { readonly reason: 'too_little_history' | 'not_schedulable' }>;

export function foretellingProblem(refusal: ForetellingRefusal): ForetellingProblem {
  if (refusal.reason === 'not_schedulable')
    return {
      status: 409,
      title: 'Maintenance cannot be scheduled',
      detail: WHY[refusal.cause],
      members: { cause: refusal.cause },
    };
  const missing = refusal.counts.filter(({ have, needed }) => have < needed);
  const told = missing.map(
    ({ of, have, needed }) => `${needed - have} ${of} are missing: there are ${have} of ${needed}`,
  );
  const lack =
    missing.length === 0
      ? 'Nothing was recorded in the last 24 hours: a forecast would have to reach over them.'
      : `${told.join('; ')}.`;
  const countedUntil = new Date(refusal.countedUntilMs).toISOString();
  return {
    status: 422,
    title: 'Too little history',
    detail: `${lack} Only full hours count, the last one until ${countedUntil}.`,
    members: {
      counted_until: countedUntil,
      missing: Object.fromEntries(missing.map(({ of, have, needed }) => [of, needed - have])),
      have: Object.fromEntries(refusal.counts.map(({ of, have }) => [of, have])),
      needed: Object.fromEntries(refusal.counts.map(({ of, needed }) => [of, needed])),
    },
  };
}

const WHY: Readonly<Record<NotSchedulable | 'over', string>> = {
  no_outlook:
    'In none of the last 24 full hours was a payment of this processor counted (the running hour does not count yet), so that its quiet hours are not known. Name a time: `starts_at`.',
  no_others: 'Nobody else could serve anything of this processor: it would be drained of nothing.',
  no_room:
    'In no stretch of the next week can the others bear its traffic. Name a time (`starts_at`), or make it shorter.',
  overlaps:
    'Another maintenance window of this processor is in its way, or there are too many. GET /api/v1/maintenance-windows lists them.',
  over: 'This window is over, or its processor is being brought back already.',
};
