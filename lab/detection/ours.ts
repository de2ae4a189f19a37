// The production detector, with the lab's settings: alarms asked for as the floor is computed, and no blind zone.
import { createDetectorWith, observeWith, type DetectorState } from './candidate/detector.ts';
import { SETTINGS, type DetectorSettings } from './candidate/detector-thresholds.ts';
import type { Known, Watcher } from './contestant.ts';

const ALTERNATIVES = 12;
const KNOWN_ATTEMPTS = 1e15;

/** Production asks for 2.8e7 attempts and ignores what is below 2.5 times the odds; everything else is the same code and constants. */
const COMMON: DetectorSettings = {
  ...SETTINGS.approval,
  acceptAfterAttempts: Infinity,
  shares: Array.from({ length: ALTERNATIVES }, () => 1),
  isDense: true,
  doubt: 2,
  nearestOdds: 1.5,
  farthestRate: 0.9,
  baselineMin: 1e-4,
};
const settingsByArl = new Map<string, DetectorSettings>();

/** One object per wish: thresholds are computed once for each. */
function settingsFor(arlAttempts: number, attempts: number | null): DetectorSettings {
  const key = `${arlAttempts} ${attempts}`;
  let settings = settingsByArl.get(key);
  if (settings === undefined) {
    settings = {
      ...COMMON,
      arlAttempts,
      arlAttemptsAtWorst: arlAttempts,
      attemptsMin: attempts ?? 1,
      memoryAttempts: attempts === null ? Infinity : COMMON.memoryAttempts,
    };
    settingsByArl.set(key, settings);
  }
  return settings;
}

export class OurDetector implements Watcher {
  readonly #settings: DetectorSettings;
  readonly state: DetectorState;

  constructor({ baseline, arlAttempts }: Known) {
    const isKnown = 'rate' in baseline;
    this.#settings = settingsFor(arlAttempts, isKnown ? null : baseline.attempts);
    this.state = createDetectorWith(this.#settings, 'approval');
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
    observeWith(this.#settings, this.state, hit, 0);
    return this.state.on !== null;
  }
}
