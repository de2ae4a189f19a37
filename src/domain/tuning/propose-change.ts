// What a processor's measured latencies and results say its settings should be: at most one small step of each, within the bounds.
import { differenceOf, rateInterval } from '../experiments/sequential.ts';
import { attemptsMissing, type Outcomes, type ProcessorEvidence } from './processor-evidence.ts';
import { bounded, currentValue, type SettingName, type Tunable, type TunedValues } from './tuned-settings.ts';

/** `better`: kept only where payments end better than those held out. `not_worse`: it saves something by itself. */
export type Proof = 'better' | 'not_worse';

export interface Proposal {
  readonly setting: SettingName;
  /** `null`: no limit. */
  readonly from: number | null;
  readonly to: number;
  readonly proof: Proof;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, number>>;
}

/** An outage says nothing of how the processor is to be used. */
const FAILING_SHARE = 0.2;
/** The most that one change takes away, or adds. */
const STEP = 0.25;
const AGE_STEP = 1;
const SLACK = 1.5;
const SLACK_MS = 500;
/** Less than this is not worth a trial. */
const CHANGE_MIN = 0.1;
/** Latencies that do not differ are no measurement. */
const SPREAD_MIN_MS = 1;
const TIMEOUTS_WORTH = 0.01;
const FEW = 200;
const RETRY_WORTHLESS = 0.03;
const RETRY_WORTH = 0.1;
const ALPHA = 0.01;
const BUSY_WORSE = 0.02;
const NEAR_LIMIT = 0.9;
/** Payments that may meet a processor whose state has changed since. */
const STALE_SHARE = 1e-4;
const WEEK_MS = 604_800_000;

/** In the order of SETTING_NAMES; none while too little was measured, or while the processor fails. */
export function proposeChanges(
  evidence: ProcessorEvidence,
  values: TunedValues,
  processor: Pick<Tunable, 'maxTps'>,
): readonly Proposal[] {
  if (attemptsMissing(evidence) > 0 || !(share(evidence) <= FAILING_SHARE)) return [];
  return [
    timeoutProposal(evidence, currentValue('timeout_ms', values, processor)),
    attemptsProposal(evidence, currentValue('attempts_max', values, processor)),
    rateProposal(evidence, currentValue('requests_per_second', values, processor), processor.maxTps),
    ageProposal(evidence, currentValue('table_max_age_ms', values, processor)),
  ].filter((proposal) => proposal !== null);
}

const share = ({ attempts, failures }: Outcomes): number => failures / attempts;
const isLatency = (value: number | null): value is number => value !== null && value >= 0 && value < 600_000;

function proposal(
  setting: SettingName,
  from: number | null,
  { wanted, ...rest }: Pick<Proposal, 'proof' | 'reason' | 'evidence'> & { readonly wanted: number },
): Proposal | null {
  const to = bounded(setting, wanted);
  return to === null || to === from ? null : { setting, from, to, ...rest };
}

function timeoutProposal(evidence: ProcessorEvidence, from: number): Proposal | null {
  const { attempts, timeouts, measured, latencyP50Ms: p50, latencyP99Ms: p99, latencyP995Ms: p995 } = evidence;
  if (attemptsMissing({ attempts: measured, failures: 0 }) > 0) return null;
  if (!isLatency(p50) || !isLatency(p99) || !isLatency(p995) || p995 - p50 < SPREAD_MIN_MS) return null;
  const figures = { latency_p50_ms: p50, latency_p99_ms: p99, latency_p995_ms: p995, measured, timeouts, attempts };
  if (p99 >= NEAR_LIMIT * from && timeouts / attempts > TIMEOUTS_WORTH)
    return proposal('timeout_ms', from, {
      wanted: from * (1 + STEP),
      proof: 'better',
      reason: `1 in 100 answers takes ${Math.round(p99)} ms or longer, close to the timeout, and ${percent(timeouts / attempts)} of attempts run into it`,
      evidence: figures,
    });
  const wanted = Math.ceil((p995 * SLACK + SLACK_MS) / 100) * 100;
  if (wanted > (1 - CHANGE_MIN) * from) return null;
  return proposal('timeout_ms', from, {
    wanted: Math.max(wanted, (1 - STEP) * from),
    proof: 'not_worse',
    reason: `995 in 1,000 answers come within ${Math.round(p995)} ms: waiting longer costs time and brings next to nothing`,
    evidence: figures,
  });
}

function attemptsProposal({ byAttempt }: ProcessorEvidence, from: number): Proposal | null {
  const last = byAttempt.find(({ attempt }) => attempt === from);
  if (last === undefined || !(last.count >= FEW) || !(last.approved >= 0 && last.approved <= last.count)) return null;
  const { low, high } = rateInterval(last.approved, last.count, ALPHA);
  const rate = percent(last.approved / last.count);
  const evidence = { attempt: from, attempts: last.count, approved: last.approved, low, high };
  if (from > 1 && high < RETRY_WORTHLESS)
    return proposal('attempts_max', from, {
      wanted: from - 1,
      proof: 'not_worse',
      reason: `of the attempts that are the payment's number ${from}, ${rate} are approved: they cost more than they bring`,
      evidence,
    });
  if (low <= RETRY_WORTH) return null;
  return proposal('attempts_max', from, {
    wanted: from + 1,
    proof: 'better',
    reason: `of the attempts that are the payment's number ${from}, ${rate} are approved: another one may be worth it`,
    evidence,
  });
}

function rateProposal(evidence: ProcessorEvidence, from: number | null, maxTps: number | null): Proposal | null {
  const { busy, calm, busyPerSecond, peakPerSecond } = evidence;
  if (!(busy.attempts >= FEW && calm.attempts >= FEW) || busyPerSecond === null || peakPerSecond === null) return null;
  const [more, less] = [share(busy), share(calm)];
  const variance = smooth(busy) + smooth(calm);
  const { low } = differenceOf(more - less, variance, BUSY_WORSE, ALPHA);
  const figures = {
    busy_attempts: busy.attempts,
    busy_failure_rate: more,
    calm_failure_rate: less,
    busy_per_second: busyPerSecond,
    peak_per_second: peakPerSecond,
  };
  // One attempt a second cannot be spread any further.
  if (low > BUSY_WORSE && busyPerSecond > 1 && (from === null || busyPerSecond < from))
    return proposal('requests_per_second', from, {
      wanted: from === null ? busyPerSecond : Math.max(busyPerSecond, (1 - STEP) * from),
      proof: 'better',
      reason: `from ${busyPerSecond} attempts a second on ${percent(more)} of them fail, below it ${percent(less)}`,
      evidence: figures,
    });
  const isNear = from !== null && peakPerSecond >= NEAR_LIMIT * from && more <= less + BUSY_WORSE;
  if (!isNear) return null;
  const wanted = Math.min(from * (1 + STEP), maxTps ?? Infinity);
  return wanted <= from
    ? null
    : proposal('requests_per_second', from, {
        wanted: Math.max(wanted, Math.min(from + 1, maxTps ?? Infinity)),
        proof: 'not_worse',
        reason: `its busiest second reaches ${peakPerSecond} attempts, close to the limit, and no more of them fail than at other times`,
        evidence: figures,
      });
}

/** Of a failure rate, with one more of either kind: no share is certain. */
function smooth({ attempts, failures }: Outcomes): number {
  const rate = (failures + 1) / (attempts + 2);
  return (rate * (1 - rate)) / (attempts + 2);
}

/** One change more than was seen: a quiet week is no promise. */
function ageProposal({ breakerChanges, attempts }: ProcessorEvidence, from: number): Proposal | null {
  if (!(breakerChanges >= 0)) return null;
  const wanted = Math.round((2 * STALE_SHARE * WEEK_MS) / (breakerChanges + 1) / 100) * 100;
  const to = Math.min(Math.max(wanted, from / (1 + AGE_STEP)), from * (1 + AGE_STEP));
  if (Math.abs(to - from) < STEP * from) return null;
  return proposal('table_max_age_ms', from, {
    wanted: to,
    proof: 'not_worse',
    reason: `${breakerChanges} changes of its breakers in seven days: at most 1 payment in 10,000 meets one that a table of ${(to / 1_000).toFixed(1)} s does not know of`,
    evidence: { breaker_changes: breakerChanges, attempts },
  });
}

const percent = (rate: number): string => `${(rate * 100).toFixed(1)}%`;
