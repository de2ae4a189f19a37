// What was measured of a processor, as proposals rest on it.

export interface Outcomes {
  readonly attempts: number;
  readonly failures: number;
}

export interface AttemptOutcomes {
  /** 1 for the first attempt of a payment. */
  readonly attempt: number;
  readonly count: number;
  readonly approved: number;
}

export interface ProcessorEvidence extends Outcomes {
  readonly timeouts: number;
  /** Answers that came with a latency of 0 to 10 minutes; the quantiles are of these. */
  readonly measured: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
  readonly latencyP995Ms: number | null;
  readonly byAttempt: readonly AttemptOutcomes[];
  /** Seconds by how many attempts fell into them: the busiest twentieth against the others. */
  readonly busy: Outcomes;
  readonly calm: Outcomes;
  /** From so many attempts a second on it is a busy one; `null`: nothing was attempted. */
  readonly busyPerSecond: number | null;
  readonly peakPerSecond: number | null;
  /** Of the last seven days: how often one of its breakers opened, or closed. */
  readonly breakerChanges: number;
}

export const NO_EVIDENCE: ProcessorEvidence = {
  attempts: 0,
  failures: 0,
  timeouts: 0,
  measured: 0,
  latencyP50Ms: null,
  latencyP99Ms: null,
  latencyP995Ms: null,
  byAttempt: [],
  busy: { attempts: 0, failures: 0 },
  calm: { attempts: 0, failures: 0 },
  busyPerSecond: null,
  peakPerSecond: null,
  breakerChanges: 0,
};

/** Below it nothing is proposed: the Operations module's neighbour calls it min_training_samples. */
export const ATTEMPTS_MIN = 1_000;

export const attemptsMissing = ({ attempts }: Outcomes): number =>
  Number.isFinite(attempts) ? Math.max(0, ATTEMPTS_MIN - Math.max(0, attempts)) : ATTEMPTS_MIN;
