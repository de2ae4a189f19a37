// Everything a decision in one segment needs and that no single request changes: built at the first request, kept with the table.
import { boundedShares } from './shares.ts';
import { amountOfStep, amountStep, MARGIN_BPS_DEFAULT, stakeOf, valuationOf, type Valuation } from './net-value.ts';
import { scoreOf, wishOf, type Sight, type Wish } from './strategies.ts';
import { amountBandOf, HOUR_BANDS, hourBandOf, offsetAt, shiftedBelief } from '../learning/context-effects.ts';
import { widen } from '../learning/posterior.ts';
import type { Belief } from '../health/status-row.ts';
import type { Candidate } from './candidate.ts';
import type { Exclusion } from './route-request.ts';
import type { RegisteredExperiment, RoutingSettings, StrategyName } from '../configuration/configuration.ts';
import type { PlannedRule } from './rules.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';

export interface PlanParts {
  readonly segment: SegmentKey;
  readonly candidates: readonly Candidate[];
  /** The registered processors that do not serve the segment. */
  readonly outsiders: readonly Exclusion[];
  readonly rules: readonly PlannedRule[];
  readonly experiments: readonly RegisteredExperiment[];
  readonly routing: RoutingSettings;
}

/** The shares of one strategy over those in play. Lists by candidate index; those not in play have share 0. */
export interface SharePlan {
  readonly beliefs: readonly Belief[];
  readonly scores: readonly number[];
  /** All candidates, best score first. */
  readonly order: readonly Candidate[];
  readonly shares: readonly number[];
  readonly kind: Wish['kind'];
  /** Those that got more than the strategy wished for, because a bound stopped another. */
  readonly spilled: readonly boolean[];
  /** What an approval earns of its amount, where the strategy ranks by net value; `null`: by approval. */
  readonly marginBps: number | null;
  /** Backups come first, for it is out and would have been first; left out: none do. */
  readonly standsInFor?: ProcessorId;
}

export interface ShareQuestion {
  readonly strategy: StrategyName;
  readonly inPlay: readonly boolean[];
  /** A pin sends its traffic even to a collapsed processor. */
  readonly pinned: boolean;
  readonly now: number;
  readonly tableAgeMs: number;
  readonly amountMinor: number | null;
  /** Told by the request; `null`: the settings'. */
  readonly marginBps: number | null;
}

/** A table this young is as good as the object's own word; older ones widen in steps, so that a step's shares are computed once. */
const FRESH_AGE_MS = 2_000;
const AGE_STEP_MS = 5_000;
/** From here on beliefs are at the baseline and widen no more. */
const AGE_MAX_MS = 600_000;
/** Subsets of candidates whose shares are kept; more than this is an attack or a test. */
const CACHED_MAX = 256;
const BITS = 15;

export class SegmentPlan {
  readonly segment: SegmentKey;
  readonly candidates: readonly Candidate[];
  readonly outsiders: readonly Exclusion[];
  readonly experiments: readonly RegisteredExperiment[];
  readonly routing: RoutingSettings;
  readonly hasOverrides: boolean;
  /** Some are silent, or have a cap of 0. */
  readonly hasKeptOut: boolean;
  /** Everybody is admitted, and takes every currency, amount and credential. */
  readonly admitsAll: boolean;
  readonly hasCollapsed: boolean;
  readonly hasBackups: boolean;
  /** Some may not take all of the traffic, as far as `maxTps` goes. */
  readonly hasLimits: boolean;
  readonly valuation: Valuation;
  readonly #tellsAmounts: boolean;
  readonly #tellsHours: boolean;
  /** Until then no row of a candidate has expired. */
  readonly #rowsLastUntilMs: number;
  readonly #rules: readonly PlannedRule[];
  readonly #rulesByCurrency = new Map<string, readonly PlannedRule[]>();
  readonly #beliefsByStep = new Map<number, readonly Belief[]>();
  readonly #sharePlans = new Map<string, { readonly plan: SharePlan; readonly rowsExpired: number }>();
  /** By the shares they were made of, which hold for one set in play, and by rule. */
  readonly #preferred = new WeakMap<SharePlan, Map<PlannedRule, SharePlan>>();

  constructor(parts: PlanParts) {
    this.segment = parts.segment;
    this.candidates = parts.candidates;
    this.outsiders = parts.outsiders;
    this.experiments = parts.experiments;
    this.routing = parts.routing;
    this.#rules = parts.rules;
    this.hasKeptOut = parts.candidates.some(({ silentUntilMs, capShare }) => silentUntilMs > 0 || capShare === 0);
    this.admitsAll = parts.candidates.every(
      ({ quiet, config }) =>
        quiet && config.currencies === null && config.credentialKinds === null && config.amountLimits.length === 0,
    );
    this.hasOverrides = parts.candidates.some(({ overrides }) => overrides.length > 0);
    this.hasCollapsed = parts.candidates.some(({ collapsed }) => collapsed);
    this.hasBackups = parts.candidates.some(({ config }) => config.backups !== undefined);
    this.hasLimits = parts.candidates.some(({ limitShare }) => limitShare < 1);
    this.#rowsLastUntilMs = Math.min(...parts.candidates.map(({ row }) => row?.validUntilMs ?? Infinity));
    this.valuation = valuationOf(parts.candidates);
    this.#tellsAmounts = parts.candidates.some(({ offsets }) => offsets !== null && offsets.amounts.length > 0);
    this.#tellsHours = parts.candidates.some(({ offsets }) => offsets !== null && offsets.hours.length > 0);
  }

  /** Those that may match a payment in this currency. */
  rules(currency: string | null): readonly PlannedRule[] {
    if (this.#rules.length === 0) return this.#rules;
    const known = this.#rulesByCurrency.get(currency ?? '');
    if (known !== undefined) return known;
    const rules = this.#rules.filter(
      ({ currencies }) => currencies === null || (currency !== null && currencies.has(currency)),
    );
    if (this.#rulesByCurrency.size < CACHED_MAX) this.#rulesByCurrency.set(currency ?? '', rules);
    return rules;
  }

  sharePlan(question: ShareQuestion): SharePlan {
    // A fee in basis points makes this score the amount's own.
    if (question.strategy === 'balanced' && question.amountMinor !== null) return this.#compute(question);
    const key = keyOf(question) + this.#contextKey(question) + this.#valueKey(question);
    const known = this.#sharePlans.get(key);
    const rowsExpired = this.#rowsExpired(question.now);
    if (known?.rowsExpired === rowsExpired) return known.plan;
    const plan = this.#compute(question);
    if (this.#sharePlans.size >= CACHED_MAX) this.#sharePlans.clear();
    this.#sharePlans.set(key, { plan, rowsExpired });
    return plan;
  }

  /** Nothing where circumstances tell nothing: then all payments share a plan. Only `learned` reads them; the seeds' strategies are what they were. */
  #contextKey({ strategy, amountMinor, now }: ShareQuestion): string {
    if (strategy !== 'learned' || !(this.#tellsAmounts || this.#tellsHours)) return '';
    const hour = this.#tellsHours ? hourBandOf(now) : 0;
    const amount = this.#tellsAmounts && amountMinor !== null ? 1 + amountBandOf(amountMinor) : 0;
    return String.fromCharCode(amount * HOUR_BANDS + hour);
  }

  /** Those of the segment, as they are of such payments. */
  #beliefsOf({ strategy, amountMinor, now, tableAgeMs }: ShareQuestion): readonly Belief[] {
    const beliefs = this.#beliefs(tableAgeMs);
    if (strategy !== 'learned' || !(this.#tellsAmounts || this.#tellsHours)) return beliefs;
    const amountBand = amountMinor === null ? null : amountBandOf(amountMinor);
    const hourBand = hourBandOf(now);
    return beliefs.map((belief, index) =>
      shiftedBelief(belief, offsetAt(this.candidates[index]?.offsets ?? null, amountBand, hourBand)),
    );
  }

  /** Nothing where value does not come into it, or is the same at every amount: then no amount makes another plan. */
  #valueKey({ strategy, amountMinor, marginBps }: ShareQuestion): string {
    if (strategy !== 'learned' || this.valuation === null || amountMinor === null) return '';
    const step = this.valuation.atEveryAmount ? 0 : amountStep(amountMinor);
    return String.fromCharCode(step) + (marginBps ?? '');
  }

  #stakes({ strategy, amountMinor, marginBps }: ShareQuestion): Pick<Sight, 'stakes'> & Pick<SharePlan, 'marginBps'> {
    const { valuation } = this;
    if (strategy !== 'learned' || valuation === null || amountMinor === null) return { stakes: null, marginBps: null };
    const earned = marginBps ?? this.routing.marginBps ?? MARGIN_BPS_DEFAULT;
    const valuedAt = amountOfStep(amountStep(amountMinor));
    return { stakes: valuation.tariffs.map((tariff) => stakeOf(tariff, valuedAt, earned)), marginBps: earned };
  }

  /** What a rule that chooses makes of the shares: once for each of them that is kept. */
  preferring(base: SharePlan, chooser: PlannedRule, pinned: boolean, make: () => SharePlan): SharePlan {
    if (pinned) return make();
    const ofBase = this.#preferred.get(base) ?? new Map<PlannedRule, SharePlan>();
    const known = ofBase.get(chooser);
    if (known !== undefined) return known;
    const plan = make();
    this.#preferred.set(base, ofBase.set(chooser, plan));
    return plan;
  }

  /** Another wish than the strategy's (a prefer or split rule) under the same bounds. */
  reshare(plan: SharePlan, members: readonly Candidate[], wish: Wish, pinned: boolean): SharePlan {
    const { shares, spilled } = this.#bound(members, wish, pinned);
    return { ...plan, shares, spilled, kind: wish.kind };
  }

  #compute(question: ShareQuestion): SharePlan {
    const { strategy, now, amountMinor } = question;
    const { stakes, marginBps } = this.#stakes(question);
    const sight: Sight = { beliefs: this.#beliefsOf(question), now, amountMinor, stakes };
    const scores = this.candidates.map((candidate) => scoreOf(strategy, candidate, sight));
    const order = this.candidates.toSorted(
      (left, right) =>
        (scores[right.index] ?? 0) - (scores[left.index] ?? 0) ||
        (sight.beliefs[right.index]?.mean ?? 0) - (sight.beliefs[left.index]?.mean ?? 0) ||
        (left.id < right.id ? -1 : 1),
    );
    const members = order.filter(({ index }) => question.inPlay[index]);
    const wish = members.length === 0 ? NO_WISH : wishOf(strategy, members, sight, this.routing);
    const { shares, spilled } = this.#bound(members, wish, question.pinned);
    return { beliefs: sight.beliefs, scores, order, kind: wish.kind, shares, spilled, marginBps };
  }

  #bound(members: readonly Candidate[], wish: Wish, pinned: boolean): { shares: number[]; spilled: boolean[] } {
    const shares = this.candidates.map(() => 0);
    const spilled = this.candidates.map(() => false);
    if (members.length === 0) return { shares, spilled };
    const bounded = boundedShares(wish, {
      caps: members.map(({ capShare }) => capShare),
      limits: members.map(({ limitShare }) => limitShare),
      floors: members.map(({ minShare }) => minShare),
      collapsed: members.map(({ collapsed }) => collapsed && !pinned),
    });
    const full = members.some(({ capShare }, place) => capShare < (wish.shares[place] ?? 0));
    for (const [place, { index }] of members.entries()) {
      shares[index] = bounded[place] ?? 0;
      spilled[index] = full && (bounded[place] ?? 0) > (wish.shares[place] ?? 0) + 1e-9;
    }
    return { shares, spilled };
  }

  #beliefs(tableAgeMs: number): readonly Belief[] {
    const step = ageStep(tableAgeMs);
    const known = this.#beliefsByStep.get(step);
    if (known !== undefined) return known;
    const beliefs = this.candidates.map(({ belief }) => (step === 0 ? belief : widen(belief, step * AGE_STEP_MS)));
    this.#beliefsByStep.set(step, beliefs);
    return beliefs;
  }

  /** Scores look at windows, and windows end: rows expire in one order, so their number says which have. */
  #rowsExpired(now: number): number {
    if (now <= this.#rowsLastUntilMs) return 0;
    let expired = 0;
    for (const { row } of this.candidates) if (row !== null && now > row.validUntilMs) expired += 1;
    return expired;
  }
}

const NO_WISH: Wish = { kind: 'drawn', shares: [] };

/** Rounded up: an old table is never taken for a younger one. */
const ageStep = (ageMs: number): number =>
  ageMs <= FRESH_AGE_MS ? 0 : Math.min(Math.ceil(ageMs / AGE_STEP_MS), AGE_MAX_MS / AGE_STEP_MS + 1);

/** Strategy, pin, age step and the set in play, 15 candidates a character: shorter than any joined list. */
function keyOf({ strategy, pinned, tableAgeMs, inPlay }: ShareQuestion): string {
  let key = strategy + String.fromCharCode(ageStep(tableAgeMs) * 2 + (pinned ? 1 : 0));
  let bits = 0;
  for (let index = 0; index < inPlay.length; index += 1) {
    if (inPlay[index]) bits |= 1 << index % BITS;
    if (index % BITS === BITS - 1) {
      key += String.fromCharCode(bits);
      bits = 0;
    }
  }
  return key + String.fromCharCode(bits);
}
