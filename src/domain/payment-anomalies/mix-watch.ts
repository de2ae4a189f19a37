// Watches how a total divides into kinds (error codes, decline codes, amounts): a G-test of a window against what is usual at this hour of the day.
import { cleanCount } from './payment-minute.ts';

const HOURS_PER_DAY = 24;
/** Kinds told apart; the rest are one. */
const KINDS_MAX = 24;
const OTHER = 'other';
/** A window is judged when it holds so many counts, and not before so many minutes; after an hour it is judged or thrown in as it is. */
const COUNTS_MIN = 60;
const MINUTES_MIN = 5;
const MINUTES_MAX = 60;
/** Counts of history before anything is judged, and what all hours are worth beside this one. */
const HISTORY_MIN = 300;
const COUNTS_DRAWN = 200;
const KEPT_PER_DAY = 0.85;
/** Kinds with fewer expected are judged together: the test's distribution holds for no less. */
const EXPECTED_MIN = 5;
/** Jensen and Shannon's divergence, in bits: less is no matter, however certain. */
const DIVERGENCE_MIN = 0.02;
const DISPERSION_MAX = 20;
const LEARNED_PER_WINDOW = 1 / 50;
const QUIET_WINDOWS_TO_END = 2;
/** Where a quarter of the counts or less is left after so many minutes, whatever shifted the mix has gone with them. */
const THIN_MINUTES = 15;
const THIN_SHARE = 0.25;
const ANOMALOUS_WINDOWS_MAX = 288;

type Counts = Record<string, number>;

/** Plain JSON. */
export interface MixWatch {
  readonly kinds: string[];
  /** By hour of the day. */
  readonly usual: Counts[];
  window: Counts;
  /** The first minute of the window; `null`: it is empty. */
  since: number | null;
  /** Hours since 1970. */
  hour: number | null;
  /** How much more than chance windows sway, as a factor of the statistic. */
  dispersion: number;
  isOn: boolean;
  windowsOn: number;
  quiet: number;
  /** Of the last window that was anomalous. */
  countsPerMinute: number;
  /** Of the last window judged. */
  last: MixShift | null;
}

export interface MixShift {
  readonly counts: number;
  /** Bits, 0-1. */
  readonly divergence: number;
  /** Standard normal. */
  readonly z: number;
  /** The kind whose share rose most, and its shares. */
  readonly kind: string;
  readonly before: number;
  readonly after: number;
}

export function createMixWatch(): MixWatch {
  const usual = Array.from({ length: HOURS_PER_DAY }, () => ({}));
  return {
    kinds: [],
    usual,
    window: {},
    since: null,
    hour: null,
    dispersion: 1,
    isOn: false,
    windowsOn: 0,
    quiet: 0,
    countsPerMinute: 0,
    last: null,
  };
}

/** `zLimit`: standard deviations at which a window is anomalous. */
export function watchMix(
  watch: MixWatch,
  minute: number,
  counts: Readonly<Record<string, number>>,
  zLimit: number,
): void {
  const hour = Math.floor(minute / 60);
  if (watch.hour !== hour) {
    watch.hour = hour;
    const place = placeOf(minute);
    for (const kind of Object.keys(watch.usual[place]!)) watch.usual[place]![kind]! *= KEPT_PER_DAY;
  }
  for (const [kind, count] of Object.entries(counts)) {
    const counted = cleanCount(count);
    if (counted === 0) continue;
    watch.since ??= minute;
    const name = kindIn(watch, kind);
    watch.window[name] = (watch.window[name] ?? 0) + counted;
  }
  // While an alarm is on, silence is to end it.
  if (watch.isOn) watch.since ??= minute;
  if (watch.since === null) return;
  const age = minute - watch.since + 1;
  const total = sumOf(watch.window);
  if (age >= MINUTES_MIN && total >= COUNTS_MIN) judgeWindow(watch, minute, zLimit);
  else if (watch.isOn && isThin(watch, age, total)) {
    noteQuiet(watch);
    keepWindow(watch, minute, 0);
  } else if (age >= MINUTES_MAX || age < 1) keepWindow(watch, minute, watch.isOn ? 0 : 1);
}

function isThin({ countsPerMinute }: MixWatch, age: number, total: number): boolean {
  return age >= THIN_MINUTES && total <= THIN_SHARE * countsPerMinute * age;
}

function noteQuiet(watch: MixWatch): void {
  if (++watch.quiet >= QUIET_WINDOWS_TO_END) watch.isOn = false;
}

function judgeWindow(watch: MixWatch, minute: number, zLimit: number): void {
  const shift = shiftOf(watch, minute);
  watch.last = shift;
  const isAnomalous = shift !== null && shift.z >= zLimit && shift.divergence >= DIVERGENCE_MIN;
  if (isAnomalous) {
    watch.windowsOn = watch.isOn ? watch.windowsOn + 1 : 1;
    watch.isOn = true;
    watch.quiet = 0;
    watch.countsPerMinute = shift.counts / (minute - watch.since! + 1);
  } else if (watch.isOn) noteQuiet(watch);
  // What lasts for long is how things are now.
  if (watch.windowsOn >= ANOMALOUS_WINDOWS_MAX) watch.isOn = false;
  keepWindow(watch, minute, watch.isOn ? 0.02 : 1);
}

function keepWindow(watch: MixWatch, minute: number, weight: number): void {
  const place = placeOf(minute);
  for (const [kind, count] of Object.entries(watch.window))
    watch.usual[place]![kind] = (watch.usual[place]![kind] ?? 0) + weight * count;
  watch.window = {};
  watch.since = null;
}

function shiftOf(watch: MixWatch, minute: number): MixShift | null {
  const all: Counts = {};
  for (const hour of watch.usual)
    for (const [kind, count] of Object.entries(hour)) all[kind] = (all[kind] ?? 0) + count;
  const history = sumOf(all);
  if (history < HISTORY_MIN) return null;
  const here = watch.usual[placeOf(minute)]!;
  const hereTotal = sumOf(here);
  const counts = sumOf(watch.window);
  const kinds = [...new Set([...Object.keys(all), ...Object.keys(watch.window)])].toSorted();
  // Half a count for what was never seen keeps every share above zero.
  const shares = kinds.map((kind) => {
    const wide = ((all[kind] ?? 0) + 0.5) / (history + 0.5 * kinds.length);
    return ((here[kind] ?? 0) + COUNTS_DRAWN * wide) / (hereTotal + COUNTS_DRAWN);
  });
  const seen = kinds.map((kind) => (watch.window[kind] ?? 0) / counts);
  const known = Math.min(history, hereTotal + COUNTS_DRAWN);
  const { statistic, freedom } = gTest(shares, seen, { counts, known });
  if (freedom === 0) return null;
  const z = standardised(statistic / watch.dispersion, freedom);
  const clipped = Math.min(4, statistic / freedom);
  if (!watch.isOn)
    watch.dispersion = Math.min(
      DISPERSION_MAX,
      Math.max(1, watch.dispersion + LEARNED_PER_WINDOW * (clipped - watch.dispersion)),
    );
  let most = 0;
  for (let i = 1; i < kinds.length; i++) if (seen[i]! - shares[i]! > seen[most]! - shares[most]!) most = i;
  const told = { kind: kinds[most]!, before: shares[most]!, after: seen[most]! };
  return { counts, divergence: divergenceOf(shares, seen), z, ...told };
}

/** Of two samples, the kinds that are few in the window's expectation taken together. */
function gTest(
  shares: readonly number[],
  seen: readonly number[],
  { counts, known }: { readonly counts: number; readonly known: number },
): { statistic: number; freedom: number } {
  let [statistic, groups, restBefore, restAfter] = [0, 0, 0, 0];
  const add = (before: number, after: number): void => {
    const both = (before * known + after * counts) / (known + counts);
    if (both === 0) return;
    groups++;
    if (after > 0) statistic += 2 * counts * after * Math.log(after / both);
    if (before > 0) statistic += 2 * known * before * Math.log(before / both);
  };
  for (const [place, before] of shares.entries()) {
    const both = (before * known + seen[place]! * counts) / (known + counts);
    if (both * counts >= EXPECTED_MIN) add(before, seen[place]!);
    else {
      restBefore += before;
      restAfter += seen[place]!;
    }
  }
  add(restBefore, restAfter);
  return { statistic, freedom: Math.max(0, groups - 1) };
}

/** Wilson and Hilferty (1931): the cube root of chi-squared is nearly normal. */
function standardised(statistic: number, freedom: number): number {
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(Math.max(0, statistic) / freedom) - (1 - spread)) / Math.sqrt(spread);
}

/** Jensen and Shannon's, in bits. */
function divergenceOf(before: readonly number[], after: readonly number[]): number {
  let sum = 0;
  for (const [place, p] of before.entries()) {
    const q = after[place]!;
    if (p > 0) sum += (p / 2) * Math.log2((2 * p) / (p + q));
    if (q > 0) sum += (q / 2) * Math.log2((2 * q) / (p + q));
  }
  return Math.max(0, Math.min(1, sum));
}

function kindIn({ kinds }: MixWatch, kind: string): string {
  // Assigned as a key it would be lost.
  if (kind === '__proto__') return OTHER;
  if (kinds.includes(kind)) return kind;
  if (kinds.length >= KINDS_MAX) return OTHER;
  kinds.push(kind);
  return kind;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function placeOf(minute: number): number {
  return ((Math.floor(minute / 60) % HOURS_PER_DAY) + HOURS_PER_DAY) % HOURS_PER_DAY;
}
