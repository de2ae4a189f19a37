// One hour of a processor, or of all of them, in sums: what the forecasts of metrics look back on.

export interface HourPast {
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly attempts: number;
  readonly approved: number;
  /** `null`: nothing was timed. */
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
}
