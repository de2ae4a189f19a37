// Watches one scope (a processor, a segment, everything) minute by minute for every kind of payment anomaly, and says what is on now.
import { addMinute, createRecentMinutes, type RecentMinutes } from './recent-minutes.ts';
import { cleanCount, cleanMinute, type PaymentMinute } from './payment-minute.ts';
import { createCountWatch, watchCount, type CountWatch, type Explained } from './count-watch.ts';
import { createLatencyWatch, watchLatency, type LatencyWatch } from './latency-watch.ts';
import { createMixWatch, watchMix, type MixWatch } from './mix-watch.ts';
import { createRateWatch, watchRate, type RateWatch } from './rate-watch.ts';
import { findingsOf, type Finding } from './findings.ts';
import { limitsOf, type AnomalyKind, type DetectionSettings, type Limits } from './detection-limits.ts';

/** A clock that goes back by less stands still. */
const CLOCK_BACK_MAX_MINUTES = 1_440;
/** Tries of one card and of one BIN in a minute that are nothing unusual. */
const FINGERPRINT_LEAST = 1.5;
const BIN_LEAST = 3;
/** A tenth of the amounts at most is smaller than this bin. */
const SMALL_SHARE = 0.1;

/** Plain JSON. */
export interface ScopeWatch {
  readonly format: 1;
  /** The latest minute so far. */
  minute: number | null;
  readonly attempts: CountWatch;
  readonly losses: RateWatch;
  readonly latency: LatencyWatch;
  readonly invalid: RateWatch;
  readonly fingerprint: CountWatch;
  readonly bin: CountWatch;
  readonly errors: MixWatch;
  readonly declines: MixWatch;
  readonly amounts: MixWatch;
  readonly recent: RecentMinutes;
  /** Amounts of this bin and below are small, and so large is their usual share. */
  small: { hour: number | null; border: number | null; share: number };
}

/** What was usual at this minute; `null`: not known yet. */
export interface UsualNow {
  readonly attempts: number | null;
  readonly lossRate: number | null;
  readonly slowShare: number | null;
  readonly invalidRate: number | null;
  readonly fingerprintTries: number | null;
  readonly binTries: number | null;
  /** Of amounts that are small for this scope. */
  readonly smallShare: number;
}

export function createScopeWatch(): ScopeWatch {
  return {
    format: 1,
    minute: null,
    attempts: createCountWatch(),
    losses: createRateWatch(),
    latency: createLatencyWatch(),
    invalid: createRateWatch(),
    fingerprint: createCountWatch(),
    bin: createCountWatch(),
    errors: createMixWatch(),
    declines: createMixWatch(),
    amounts: createMixWatch(),
    recent: createRecentMinutes(),
    small: { hour: null, border: null, share: 0 },
  };
}

/**
 * Learns a minute and returns what is anomalous now. Minutes come in order; one that is not there is not known, one with no attempts is told as
 * zeros. A minute that was told already, or is up to a day late, changes nothing and finds nothing. `explained`: how much there is of anything says
 * nothing in this minute.
 */
export function watchMinute(
  watch: ScopeWatch,
  told: PaymentMinute,
  settings: DetectionSettings,
  explained: Explained = null,
): Finding[] {
  if (!Number.isSafeInteger(told.minute)) return [];
  // What is no count is no news of silence.
  if (!Number.isFinite(told.attempts) || told.attempts < 0) return [];
  if (watch.minute !== null && told.minute <= watch.minute && told.minute > watch.minute - CLOCK_BACK_MAX_MINUTES)
    return [];
  watch.minute = told.minute;
  const clean = cleanMinute(told);
  const limits = (kind: AnomalyKind): Limits => limitsOf(settings, kind);
  const { usual, slow, answered, small } = watchAll(watch, clean, limits, explained);
  addMinute(watch.recent, clean, { slow, answered, small });
  return findingsOf(watch, usual);
}

interface Seen {
  readonly usual: UsualNow;
  readonly slow: number;
  readonly answered: number;
  readonly small: number;
}

function watchAll(
  watch: ScopeWatch,
  clean: PaymentMinute,
  limits: (kind: AnomalyKind) => Limits,
  explained: Explained,
): Seen {
  const { minute, attempts, approvals, invalidDeclines } = clean;
  const velocity = limits('velocity');
  const [spike, drop] = [limits('volume_spike'), limits('volume_drop')];
  const rate = ({ nats, allowed }: Limits): { limit: number; allowed: number } => ({ limit: nats, allowed });
  const tries = { spike: velocity.nats, drop: Infinity, allowed: velocity.allowed };
  const volume = watchCount(
    watch.attempts,
    { minute, count: attempts, explained },
    { spike: spike.nats, drop: drop.nats, allowed: Math.max(spike.allowed, drop.allowed) },
  );
  const losses = { minute, hits: attempts - approvals, trials: attempts };
  const lossRate = watchRate(watch.losses, losses, rate(limits('success_drop')));
  const latency = watchLatency(watch.latency, minute, clean.latency, limits('latency_shift'));
  const invalid = { minute, hits: invalidDeclines, trials: attempts };
  const invalidRate = watchRate(watch.invalid, invalid, rate(limits('card_testing')));
  const fingerprint = { minute, count: clean.busiestFingerprint, least: FINGERPRINT_LEAST, explained };
  const { usual: fingerprintTries } = watchCount(watch.fingerprint, fingerprint, tries);
  const bin = { minute, count: clean.busiestBin, least: BIN_LEAST, explained };
  const { usual: binTries } = watchCount(watch.bin, bin, tries);
  const small = smallIn(watch, clean);
  watchMix(watch.errors, minute, clean.errorCodes, limits('error_mix').z);
  watchMix(watch.declines, minute, clean.declineCodes, limits('decline_mix').z);
  watchMix(watch.amounts, minute, clean.amountBins, limits('amount_shift').z);
  return {
    usual: {
      attempts: volume.usual,
      lossRate,
      slowShare: latency.usual,
      invalidRate,
      fingerprintTries,
      binTries,
      smallShare: watch.small.share,
    },
    slow: latency.slow,
    answered: latency.answered,
    small,
  };
}

/** Attempts in the lowest bins, which together usually hold a tenth; where the border lies is looked at each hour. */
function smallIn(watch: ScopeWatch, { minute, amountBins }: PaymentMinute): number {
  const hour = Math.floor(minute / 60);
  if (watch.small.hour !== hour) watch.small = { hour, ...smallBorder(watch.amounts) };
  const { border } = watch.small;
  if (border === null) return 0;
  return Object.entries(amountBins).reduce(
    (sum, [bin, count]) => (Number(bin) <= border ? sum + cleanCount(count) : sum),
    0,
  );
}

function smallBorder({ usual }: MixWatch): { border: number | null; share: number } {
  const known = new Map<number, number>();
  for (const hour of usual)
    for (const [bin, count] of Object.entries(hour)) {
      const place = Number(bin);
      if (Number.isFinite(place)) known.set(place, (known.get(place) ?? 0) + count);
    }
  const all = [...known.values()].reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [bin, count] of [...known].toSorted(([left], [right]) => left - right)) {
    // Where the lowest bin is most of all, what is smaller than everything is small.
    if (below + count > SMALL_SHARE * all) return { border: bin - 1, share: below / all };
    below += count;
  }
  return { border: null, share: 0 };
}
