// A change of the number of instances as history keeps it.
import type { ScalingChange } from './scaling-state.ts';
import type { ScalingEventRow } from '../history/kept-rows.ts';

export const scalingRow = ({ atMs, from, to, cause, perMinute, why }: ScalingChange): ScalingEventRow => ({
  id: `scl_${atMs}_${to}`,
  target: 'gateways',
  direction: to > from ? 'up' : 'down',
  instancesBefore: from,
  instancesAfter: to,
  reason: why ?? cause,
  evidence: { cause, payments_per_minute: perMinute },
  happenedAtMs: atMs,
});
