// The status as people need it told, in alerts and reasons: the table's word corrected by the breaker and the detectors.
import type { BreakerView } from './status-row.ts';
import type { Status } from './window-summary.ts';

/** The table alone still says HEALTHY when five errors have opened the breaker, and DOWN while a healed processor is being tried. */
export function effectiveStatus(status: Status, breaker: BreakerView['state'], detectorOn: boolean): Status {
  if (breaker === 'OPEN') return 'DOWN';
  if (breaker === 'HALF_OPEN') return 'DEGRADED';
  return detectorOn && status === 'HEALTHY' ? 'DEGRADED' : status;
}
