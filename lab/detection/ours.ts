// The production detector, with the lab's settings: alarms asked for as the floor is computed, shared out evenly, and no blind zone.
import { createDetector, observe, type DetectorState } from '../../src/domain/health/detector.ts';
import { DOUBT, SETTINGS, type DetectorSettings } from '../../src/domain/health/detector-thresholds.ts';
import { EVEN_SHARES } from '../../src/domain/health/alarm-limits.ts';
import type { Known, Watcher } from './contestant.ts';

const KNOWN_ATTEMPTS = 1e15;

/** Production asks for 2.2e7 attempts, for outages first, and ignores what is below 2.5 times the odds; everything else is the same. */
const COMMON: DetectorSettings = {
  ...SETTINGS.approval,
  acceptAfterAttempts: Infinity,
  shares: EVEN_SHARES,
  doubt: DOUBT,
  nearestOdds: 1.5,
  farthestRate: 0.9,
  baselineMin: 1e-4,
};
const settingsByArl = new Map<string, DetectorSettings>();

/** One object per wish: thresholds are computed once for each. */
function settingsFor(base: DetectorSettings, arlAttempts: number | null, attempts: number | null): DetectorSettings {
  const key = `${base.shares.emphasis} ${arlAttempts} ${attempts}`;
  let settings = settingsByArl.get(key);
  if (settings === undefined) {
    settings = {
      ...base,
      ...(arlAttempts === null ? {} : { arlAttempts, arlAttemptsAtWorst: arlAttempts }),
      attemptsMin: attempts ?? 1,
      memoryAttempts: attempts === null ? Infinity : base.memoryAttempts,
    };
    settingsByArl.set(key, settings);
  }
  return settings;
}

export class OurDetector implements Watcher {
  readonly #settings: DetectorSettings;
  readonly state: DetectorState;

  /** `base`: the lab's settings, unless production's own are to be measured. */
  constructor({ baseline, arlAttempts }: Known, base: DetectorSettings = COMMON) {
    const isKnown = 'rate' in baseline;
    this.#settings = settingsFor(base, arlAttempts, isKnown ? null : baseline.attempts);
    this.state = createDetector('approval', this.#settings);
    const [hits, attempts] = isKnown
      ? [baseline.rate * KNOWN_ATTEMPTS, KNOWN_ATTEMPTS]
      : [baseline.hits, baseline.attempts];
    // As if all but the last attempt of the baseline had been observed; the last one, a miss, sets the detector on watch.
    this.state.baseline.hits += hits;
    this.state.baseline.attempts += attempts - 1;
    this.state.attempts = this.#settings.attemptsMin - 1;
    this.observe(false);
  }

  observe(hit: boolean): boolean {
    observe(this.state, hit, 0, this.#settings);
    return this.state.on !== null;
  }
}
