// The words and numbers in which health is told; shared by windows, rows and answers.

export type Status = 'HEALTHY' | 'DEGRADED' | 'DOWN';

export interface WindowSummary {
  readonly status: Status;
  /** approved / (approved + declined); `null` when there is nothing to say. */
  readonly authorizationRate: number | null;
  /** (error + timeout) / total; 0 when total is 0. */
  readonly errorRate: number;
  readonly total: number;
  readonly approved: number;
  readonly declined: number;
  readonly error: number;
  readonly timeout: number;
}

/** `low` below 10 results in the window, `medium` to 30, `high` above. */
export type Confidence = 'none' | 'low' | 'medium' | 'high';

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
}
