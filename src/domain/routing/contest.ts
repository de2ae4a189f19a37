// The candidates of one payment while they are being chosen from: who is still in play, who may be probed, and why not the others.
import { ADMITTED, LOCAL_PROBE_AGE_MS, pinOf, standingOf, type Probe, type Standing } from './admission.ts';
import { holdsFor } from './state-predicate.ts';
import { requestExclusion } from './eligibility.ts';
import type { Candidate } from './candidate.ts';
import type { Exclusion, RouteRequest, RuleNote } from './route-request.ts';
import type { StatePredicate } from '../configuration/configuration.ts';
import type { SegmentPlan } from './segment-plan.ts';

/** When and with what luck a decision is made. */
export interface DecideMoment {
  readonly now: number;
  /** 64 bits: the same table, request and seed give the same decision. */
  readonly seed: bigint;
  readonly tableAgeMs: number;
  /** Answers of half-open breakers, keyed `${processorId} ${scope}`. */
  readonly permits: ReadonlyMap<string, 'granted' | 'refused'>;
  /** Also tells the processors that do not serve the segment. */
  readonly explainAll: boolean;
  /** How many rows of the ranking are told, the chosen one first; left out: all. */
  readonly rowsMax?: number;
}

const NO_NOTES: readonly RuleNote[] = [];
const NOBODY: readonly Candidate[] = [];

/** What is so while everybody is in play, by how many there are; not to be written to. */
interface Everyone {
  readonly standings: Standing[];
  readonly exclusions: (Exclusion | null)[];
  readonly probes: (Probe | null)[];
  readonly inPlay: readonly boolean[];
}
const everyones: Everyone[] = [];

function everyone(count: number): Everyone {
  return (everyones[count] ??= {
    standings: Array.from({ length: count }, () => ADMITTED),
    exclusions: Array.from({ length: count }, () => null),
    probes: Array.from({ length: count }, () => null),
    inPlay: Array.from({ length: count }, () => true),
  });
}

export class Contest {
  readonly request: RouteRequest;
  readonly moment: DecideMoment;
  readonly plan: SegmentPlan;
  readonly candidates: readonly Candidate[];
  readonly standings: Standing[];
  /** By candidate: `null` while in play. */
  readonly exclusions: (Exclusion | null)[];
  readonly probes: (Probe | null)[];
  /** By candidate: the share of payments that try it though it is silent; `null`: nobody is tried. */
  trials: Map<number, number> | null = null;
  /** Those that a rule, an override or silence took out, whatever else keeps them out. */
  #barred: Set<number> | null = null;
  /** How many are in play. */
  playing = 0;
  /** How many breakers may be probed. */
  probing = 0;
  #notes: RuleNote[] | null = null;
  overridePin: string | null = null;

  constructor(plan: SegmentPlan, request: RouteRequest, moment: DecideMoment) {
    this.plan = plan;
    this.request = request;
    this.moment = moment;
    this.candidates = plan.candidates;
    const { standings, exclusions, probes } = everyone(plan.candidates.length);
    if (plan.admitsAll && request.eligibleProcessors === null) {
      // Nobody is probed who is admitted, and a standing does not change.
      this.standings = standings;
      this.probes = probes;
      this.exclusions = exclusions.slice();
      this.playing = exclusions.length;
    } else {
      this.standings = standings.slice();
      this.probes = probes.slice();
      this.exclusions = exclusions.slice();
      for (const candidate of plan.candidates) this.#enter(candidate);
    }
    if (plan.hasKeptOut) {
      this.#shedSilent();
      this.#shedFull();
    }
    if (plan.hasOverrides) this.#pinByOverride();
  }

  #enter(candidate: Candidate): void {
    const { index } = candidate;
    const standing = standingOf(candidate, this.plan.segment, this.moment);
    const unfit = requestExclusion(candidate.config, this.request);
    this.standings[index] = standing;
    this.exclusions[index] = unfit ?? standing.exclusion;
    this.probes[index] = unfit === null ? standing.probe : null;
    if (unfit !== null) return;
    if (standing.exclusion === null) this.playing += 1;
    if (standing.probe !== null) this.probing += 1;
  }

  /** By candidate. */
  inPlayNow(): readonly boolean[] {
    const { length } = this.exclusions;
    return this.playing === length ? everyone(length).inPlay : this.exclusions.map((exclusion) => exclusion === null);
  }

  inPlay(index: number): boolean {
    return this.exclusions[index] === null;
  }

  isEligible(index: number): boolean {
    const exclusion = this.exclusions[index];
    return exclusion === null || exclusion === undefined || !UNFIT.has(exclusion.reason);
  }

  /** In play, or kept out only by a breaker that may be probed. */
  mayPlay(index: number): boolean {
    return this.inPlay(index) || this.probes[index] !== null;
  }

  holds(when: StatePredicate, candidate: Candidate): boolean {
    const breaker = this.standings[candidate.index]?.breaker ?? 'CLOSED';
    return holdsFor(when, candidate, breaker, { now: this.moment.now, amountMinor: this.request.amountMinor });
  }

  /** Takes a candidate out of play, and out of probing; what kept it out before stays its reason. */
  bar(index: number, exclusion: Exclusion): void {
    this.trials?.delete(index);
    this.#barred ??= new Set();
    this.#barred.add(index);
    if (this.probes[index] !== null) {
      this.probing -= 1;
      this.probes[index] = null;
    }
    if (!this.inPlay(index)) return;
    this.exclusions[index] = exclusion;
    this.playing -= 1;
  }

  note(by: string, detail: string): void {
    this.#notes ??= [];
    this.#notes.push({ by, detail });
  }

  get notes(): readonly RuleNote[] {
    return this.#notes ?? NO_NOTES;
  }

  isBarred(index: number): boolean {
    return this.#barred?.has(index) === true;
  }

  get isLocal(): boolean {
    return this.moment.tableAgeMs > LOCAL_PROBE_AGE_MS;
  }

  #shedSilent(): void {
    const { now } = this.moment;
    const shed = this.#shed(({ silentUntilMs }) => silentUntilMs > now, 'silent', 'Its results stopped coming');
    for (const { index, silentTrialShare, capShare } of shed) {
      const share = Math.min(silentTrialShare, capShare);
      if (share > 0) (this.trials ??= new Map()).set(index, share);
    }
  }

  #shedFull(): void {
    this.#shed(({ capShare }) => capShare === 0, 'max_tps', 'Its configured share is 0');
  }

  /** From probing too, but only while others remain: the last one is never removed. */
  #shed(isShed: (candidate: Candidate) => boolean, reason: Exclusion['reason'], detail: string): readonly Candidate[] {
    let others = this.playing;
    let found = false;
    for (const candidate of this.candidates) {
      if (!isShed(candidate)) continue;
      found = true;
      if (this.inPlay(candidate.index)) others -= 1;
    }
    if (!found || others === 0) return NOBODY;
    const shed = this.candidates.filter((candidate) => isShed(candidate) && this.mayPlay(candidate.index));
    for (const { index, id } of shed) this.bar(index, { processorId: id, reason, by: null, detail });
    return shed;
  }

  #pinByOverride(): void {
    const { now } = this.moment;
    const pinned = this.candidates.filter(
      (candidate) => this.isEligible(candidate.index) && pinOf(candidate, now) !== null,
    );
    if (pinned.length === 0) return;
    const by = pinned.map((candidate) => pinOf(candidate, now)?.id ?? '').join(' ');
    if (!pinned.some(({ index }) => this.inPlay(index))) {
      this.note(by, 'Passed over: the pinned processor is not admitted');
      return;
    }
    this.overridePin = by;
    for (const { index, id } of this.candidates) {
      if (pinned.some((candidate) => candidate.index === index)) continue;
      this.bar(index, {
        processorId: id,
        reason: 'pinned_elsewhere',
        by,
        detail: 'An override pins the traffic elsewhere',
      });
    }
  }
}

const UNFIT: ReadonlySet<Exclusion['reason']> = new Set([
  'disabled',
  'payment_method',
  'country',
  'currency',
  'amount',
  'credential_kind',
  'not_offered',
]);
