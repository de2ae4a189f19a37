// What the live socket says of healing, under the names that the Operations module gave it.
import type { HealingAction } from './healing-action.ts';

export const HEALING_EVENTS = ['healing_event', 'provider_recovered', 'failover_triggered'] as const;

export interface HealingEvent {
  readonly name: (typeof HEALING_EVENTS)[number];
  readonly action: HealingAction;
}

/** After each change of an action that was kept. */
export function eventsOf(action: HealingAction): readonly HealingEvent[] {
  const { standing, kind } = action;
  const isDrain = kind === 'fail_over_segment' || kind === 'drain';
  const isBack =
    (kind === 'ramp_back' || kind === 'probe_breaker') &&
    standing.state === 'ended' &&
    standing.outcome === 'recovered';
  return [
    { name: 'healing_event', action },
    ...(isDrain && standing.state === 'done' ? [{ name: 'failover_triggered', action } as const] : []),
    ...(isBack ? [{ name: 'provider_recovered', action } as const] : []),
  ];
}
