// A window by its counts, with the table's word for it.
import type { WindowSummary } from '../../../src/domain/health/window-summary.ts';

export function statusOf(total: number, error: number): WindowSummary {
  const errorRate = error / total;
  const status = errorRate > 0.5 ? 'DOWN' : errorRate >= 0.3 ? 'DEGRADED' : 'HEALTHY';
  return { status, authorizationRate: 1, errorRate, total, approved: total - error, declined: 0, error, timeout: 0 };
}
