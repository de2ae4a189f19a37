// What one processor's object had to do in the last minute, counted in memory: calls, results, commits and its queue. What that means is object-load.ts.

/** Counted in steps of this, so that a minute passes out of the window a little at a time. */
export const STEP_MS = 5_000;
export const WINDOW_MS = 60_000;
const STEPS = WINDOW_MS / STEP_MS;

/** Of the window. */
export interface LoadReading {
  /** Calls that brought results, and the results in them; those that were refused are not among them. */
  readonly calls: number;
  readonly results: number;
  /** Recorded for the first time, as far back as `attemptsKnownMs`: those of before the object was in memory among them. */
  readonly attempts: number;
  readonly refusedCalls: number;
  readonly refusedResults: number;
  readonly commits: number;
  readonly committedResults: number;
  /** That a breaker under trial was asked for. */
  readonly permits: number;
  /** From the arrival of the oldest result that waited to its commit: together, and the longest. */
  readonly lagMsSum: number;
  readonly lagMsMax: number;
  /** Results that waited: now, and at most. */
  readonly queueDepth: number;
  readonly queueDepthMax: number;
  /** How much of the window the object was in memory for: before that nothing was counted. */
  readonly measuredMs: number;
  /** How much of the window its attempts are known of: what the journal holds outlives an eviction. */
  readonly attemptsKnownMs: number;
}

type Counts = { -readonly [Name in keyof Omit<LoadReading, 'queueDepth' | 'measuredMs' | 'attemptsKnownMs'>]: number };

const noCounts = (): Counts => ({
  calls: 0,
  results: 0,
  attempts: 0,
  refusedCalls: 0,
  refusedResults: 0,
  commits: 0,
  committedResults: 0,
  permits: 0,
  lagMsSum: 0,
  lagMsMax: 0,
  queueDepthMax: 0,
});

export class LoadWindow {
  readonly #steps: Counts[] = Array.from({ length: STEPS }, noCounts);
  #newest: number;
  #sinceMs: number;
  #attemptsSinceMs: number;
  #queueDepth = 0;
  #oldestWaitingMs = 0;

  constructor(now: number) {
    this.#sinceMs = now;
    this.#attemptsSinceMs = now;
    this.#newest = Math.floor(now / STEP_MS);
  }

  /** Every attempt of since then is counted, or is going to be by `remembered`. */
  knowsSince(sinceMs: number): void {
    this.#attemptsSinceMs = Math.min(this.#attemptsSinceMs, sinceMs);
  }

  /** Attempts of before the object was in memory. */
  remembered(attempts: number, atMs: number): void {
    // What lies ahead was recorded by a clock that has been set back since.
    const index = Math.min(Math.floor(atMs / STEP_MS), this.#newest);
    if (index > this.#newest - STEPS) this.#steps[placeOf(index)]!.attempts += attempts;
  }

  /** Attempts that nothing had told of before. */
  recorded(attempts: number, now: number): void {
    this.#step(now).attempts += attempts;
  }

  /** A call whose results now wait for their commit. */
  taken(results: number, now: number): void {
    const step = this.#step(now);
    if (this.#queueDepth === 0) this.#oldestWaitingMs = now;
    this.#queueDepth += results;
    step.calls += 1;
    step.results += results;
    step.queueDepthMax = Math.max(step.queueDepthMax, this.#queueDepth);
  }

  askedForPermit(now: number): void {
    this.#step(now).permits += 1;
  }

  refused(results: number, now: number): void {
    const step = this.#step(now);
    step.refusedCalls += 1;
    step.refusedResults += results;
  }

  /** So many of those that waited have left the queue, in one row. */
  committed(results: number, now: number): void {
    const step = this.#step(now);
    // By a clock that was set back in between nothing has waited.
    const lagMs = Math.max(0, now - this.#oldestWaitingMs);
    this.#queueDepth = Math.max(0, this.#queueDepth - results);
    this.#oldestWaitingMs = now;
    step.commits += 1;
    step.committedResults += results;
    step.lagMsSum += lagMs;
    step.lagMsMax = Math.max(step.lagMsMax, lagMs);
  }

  reading(now: number): LoadReading {
    this.#step(now);
    const sum = this.#steps.reduce((total, step) => added(total, step), noCounts());
    const measuredMs = withinWindow(now - this.#sinceMs);
    return {
      ...sum,
      queueDepth: this.#queueDepth,
      measuredMs,
      attemptsKnownMs: withinWindow(now - this.#attemptsSinceMs),
    };
  }

  /** Of this moment, with those that have left the window emptied. */
  #step(now: number): Counts {
    const index = Math.floor(now / STEP_MS);
    // A clock that was set back by little counts on in the newest step; by more than the window, it begins anew.
    if (index < this.#newest - STEPS) {
      for (let at = 0; at < STEPS; at += 1) this.#steps[at] = noCounts();
      this.#newest = index;
      this.#sinceMs = now;
      this.#attemptsSinceMs = now;
    }
    const from = Math.max(this.#newest + 1, index - STEPS + 1);
    for (let passed = from; passed <= index; passed += 1) this.#steps[placeOf(passed)] = noCounts();
    this.#newest = Math.max(this.#newest, index);
    return this.#steps[placeOf(this.#newest)]!;
  }
}

const withinWindow = (passedMs: number): number => Math.min(WINDOW_MS, Math.max(0, passedMs));

const placeOf = (index: number): number => ((index % STEPS) + STEPS) % STEPS;

function added(total: Counts, step: Counts): Counts {
  return {
    calls: total.calls + step.calls,
    results: total.results + step.results,
    attempts: total.attempts + step.attempts,
    refusedCalls: total.refusedCalls + step.refusedCalls,
    refusedResults: total.refusedResults + step.refusedResults,
    commits: total.commits + step.commits,
    committedResults: total.committedResults + step.committedResults,
    permits: total.permits + step.permits,
    lagMsSum: total.lagMsSum + step.lagMsSum,
    lagMsMax: Math.max(total.lagMsMax, step.lagMsMax),
    queueDepthMax: Math.max(total.queueDepthMax, step.queueDepthMax),
  };
}
