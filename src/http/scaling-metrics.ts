// What Prometheus is told of scaling: how many instances are wanted, for an external metric of an HPA.
import { familyText } from './metrics-text.ts';
import { isFresh } from '../domain/scaling/scale-decision.ts';
import type { ScalingState } from '../domain/scaling/scaling-state.ts';

/** Nothing where it was not evaluated lately: an old number would be taken for a new one. */
export function scalingMetricsText(state: ScalingState | null, now: number): string {
  if (state === null || !isFresh(state, now)) return '';
  return familyText({
    name: 'signalbox_desired_instances',
    type: 'gauge',
    help: "Instances of the merchant's own gateways that are wanted.",
    samples: [[{}, state.instances]],
  });
}
