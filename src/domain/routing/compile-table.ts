// Turns a table's data into what decisions read: per segment and at its first request, who serves it, what is known, which rules speak.
import { approvalCollapsed, approvalHealthOf, type ApprovalHealth } from '../learning/collapse.ts';
import { beliefOf, createLearner } from '../learning/posterior.ts';
import { offsetsIn } from '../learning/context-effects.ts';
import { priorOf } from '../learning/segment-prior.ts';
import { limitShareOf } from './limit-share.ts';
import { experimentsOf } from './experiments.ts';
import { cappedShare, overridesOf } from './admission.ts';
import { planRule, RuleIndex } from './rules.ts';
import { reachesSegment, type Candidate } from './candidate.ts';
import { segmentExclusion } from './eligibility.ts';
import { segmentKey } from '../segment.ts';
import { SegmentPlan } from './segment-plan.ts';
import { toldTariff } from './net-value.ts';
import type { Belief, SegmentRow, StatusRow } from '../health/status-row.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Exclusion } from './route-request.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import type { SegmentRate, Silence, TableData } from './routing-table.ts';

/** Segments with a plan of their own; beyond it (a caller inventing countries) plans are made and thrown away. */
const PLANS_MAX = 1_024;

/** Rules are parsed once per configuration, not once per refill: a status row that changes each second costs no parsing. */
const ruleIndexes = new WeakMap<Configuration, RuleIndex>();
/** A row of 200 segments is searched once per segment and table: by key, from its first search on. */
const rowIndexes = new WeakMap<StatusRow, ReadonlyMap<SegmentKey, SegmentRow>>();

function segmentRowIn(row: StatusRow, segment: SegmentKey): SegmentRow | null {
  let index = rowIndexes.get(row);
  if (index === undefined) {
    index = new Map(row.segments.map((segmentRow) => [segmentRow.segment, segmentRow]));
    rowIndexes.set(row, index);
  }
  return index.get(segment) ?? null;
}

function ruleIndexOf(configuration: Configuration): RuleIndex {
  const known = ruleIndexes.get(configuration);
  if (known !== undefined) return known;
  const index = new RuleIndex(configuration);
  ruleIndexes.set(configuration, index);
  return index;
}

export class RoutingTable {
  readonly data: TableData;
  readonly #rules: RuleIndex;
  readonly #plans: Plans;

  /** `before`: the table that this one follows; where nothing has changed that a plan rests on, its plans stay. */
  constructor(data: TableData, before: RoutingTable | null = null) {
    this.data = data;
    this.#rules = ruleIndexOf(data.configuration);
    const isFollowing = before !== null && restsOnTheSame(before.data, data);
    this.#plans = isFollowing ? before.#plans : { byMethod: new Map(), count: 0 };
  }

  /** Both parts in upper case. */
  plan(paymentMethod: string, country: string): SegmentPlan {
    const { byMethod } = this.#plans;
    const known = byMethod.get(paymentMethod)?.get(country);
    if (known !== undefined) return known;
    const plan = planSegment(this.data, this.#rules, paymentMethod, country);
    if (this.#plans.count < PLANS_MAX) {
      const ofMethod = byMethod.get(paymentMethod) ?? new Map<string, SegmentPlan>();
      byMethod.set(paymentMethod, ofMethod.set(country, plan));
      this.#plans.count += 1;
    }
    return plan;
  }

  isRegistered(id: ProcessorId): boolean {
    return this.data.configuration.processors.some((processor) => processor.id === id);
  }
}

interface Plans {
  readonly byMethod: Map<string, Map<string, SegmentPlan>>;
  count: number;
}

export const compileTable = (data: TableData, before: RoutingTable | null = null): RoutingTable =>
  new RoutingTable(data, before);

/** Of all that a plan is made from. Rates come anew with each refill, and are looked at only where there is a limit or a silence. */
function restsOnTheSame(before: TableData, { configuration, rows, silences, asOfMs }: TableData): boolean {
  if (configuration !== before.configuration || silences.length > 0 || before.silences.length > 0) return false;
  if (configuration.processors.some(({ maxTps }) => maxTps !== null)) return false;
  // The one thing that a plan reads the clock for.
  if (configuration.overrides.some(({ expiresAtMs }) => before.asOfMs < expiresAtMs !== asOfMs < expiresAtMs))
    return false;
  if (rows.size !== before.rows.size) return false;
  for (const [id, row] of rows) if (before.rows.get(id) !== row) return false;
  return true;
}

function planSegment(data: TableData, rules: RuleIndex, paymentMethod: string, country: string): SegmentPlan {
  const { configuration } = data;
  const segment = segmentKey(paymentMethod, country);
  const outsiders: Exclusion[] = [];
  const serving: RegisteredProcessor[] = [];
  for (const processor of configuration.processors) {
    const exclusion = segmentExclusion(processor, paymentMethod, country);
    if (exclusion === null) serving.push(processor);
    else outsiders.push(exclusion);
  }
  const candidates = candidatesOf(data, segment, serving);
  const indexOf = new Map(candidates.map(({ id, index }) => [id, index]));
  return new SegmentPlan({
    segment,
    candidates,
    outsiders,
    rules: rules.of(paymentMethod, country).map((rule) => planRule(rule, (id) => indexOf.get(id))),
    experiments: experimentsOf(configuration.experiments, paymentMethod, country),
    routing: configuration.routing,
  });
}

function candidatesOf(data: TableData, segment: SegmentKey, serving: readonly RegisteredProcessor[]): Candidate[] {
  const rows = serving.map(({ id, epoch }) => {
    const row = data.rows.get(id);
    return row !== undefined && row.epoch === epoch ? row : null;
  });
  const segmentRows = rows.map((row) => (row === null ? null : segmentRowIn(row, segment)));
  const average = averageBelief(segmentRows.map(learnedBelief).filter((belief) => belief !== null));
  const healths = segmentRows.map((row) => (row === null ? null : approvalHealthOf(row)));
  return serving.map((config, index): Candidate => {
    const row = rows[index] ?? null;
    const segmentRow = segmentRows[index] ?? null;
    const overrides = overridesOf(data.configuration.overrides, config.id, segment);
    const own = healths[index] ?? null;
    const limitShare = limitShareOf(data, config, segment);
    const others = healths.filter((other): other is ApprovalHealth => other !== null && other !== own);
    return {
      index,
      id: config.id,
      config,
      row,
      segmentRow,
      belief: learnedBelief(segmentRow) ?? seededBelief(config, segment) ?? average,
      offsets: offsetsIn(config.context, segment),
      latency: segmentRow?.latency ?? row?.latency ?? null,
      tariff: toldTariff(config, segment),
      meanFeeMinor: segmentRow?.meanFeeMinor ?? row?.meanFeeMinor ?? null,
      overrides,
      ...silenceOf(data, config.id, segment),
      capShare: Math.min(config.maxShare ?? 1, limitShare, cappedShare(overrides, data.asOfMs)),
      limitShare,
      minShare: config.minShare ?? 0,
      collapsed: own !== null && approvalCollapsed(own, others),
      quiet: overrides.length === 0 && isClosed(row) && isClosed(segmentRow),
    };
  });
}

const isClosed = (row: StatusRow | SegmentRow | null): boolean => row === null || row.breaker.state === 'CLOSED';

/** `null`: nothing was learned here. A segment may have a row for its retries, or for customers' errors, alone. */
const learnedBelief = (row: SegmentRow | null): Belief | null =>
  row === null || row.belief.weight === 0 ? null : row.belief;

const UNTOLD: Belief = beliefOf(createLearner());

/** Of an untested processor of which a log or a training said what to expect. */
function seededBelief({ priors }: RegisteredProcessor, segment: SegmentKey): Belief | null {
  const prior = priorOf(priors, segment);
  return prior === undefined ? null : beliefOf(createLearner(prior));
}

/** An untested processor is taken for the average of those that were tested here: neither the best nor starved. */
export function averageBelief(told: readonly Belief[]): Belief {
  if (told.length === 0) return UNTOLD;
  const mean = told.reduce((sum, { baseline }) => sum + baseline, 0) / told.length;
  return { ...UNTOLD, mean, baseline: mean };
}

/** So few payments try a silent processor, however few there are. */
const SILENT_TRIAL_SHARE_MAX = 0.05;

function silenceOf(
  { silences, segmentRates }: TableData,
  id: ProcessorId,
  segment: SegmentKey,
): Pick<Candidate, 'silentUntilMs' | 'silentTrialShare'> {
  let silentUntilMs = 0;
  let perSecond = Infinity;
  for (const silence of silences) {
    if (silence.processorId !== id || !reachesSegment(silence.segment, segment)) continue;
    silentUntilMs = Math.max(silentUntilMs, silence.untilMs);
    perSecond = Math.min(perSecond, 1_000 / silence.trialEveryMs);
  }
  const share = perSecond / (segmentRates.get(segment)?.perSecond ?? 0);
  return { silentUntilMs, silentTrialShare: silentUntilMs === 0 ? 0 : Math.min(SILENT_TRIAL_SHARE_MAX, share) };
}

/** What changed since the data was taken; what is left out or `null` is as before. */
export interface TableDifference {
  readonly configuration?: Configuration | null;
  readonly rows: readonly StatusRow[];
  readonly silences: readonly Silence[];
  readonly segmentRates: ReadonlyMap<SegmentKey, SegmentRate>;
  readonly asOfMs: number;
}

/** The data with the difference laid over it. Configurations and rows only ever move forward. */
export function applyDelta(data: TableData, delta: TableDifference): TableData {
  const offered = delta.configuration ?? data.configuration;
  const configuration = offered.version >= data.configuration.version ? offered : data.configuration;
  const epochs = new Map(configuration.processors.map(({ id, epoch }) => [id, epoch]));
  const buried = new Map(configuration.tombstones.map(({ processorId, epoch }) => [processorId, epoch]));
  const belongs = ({ processorId, epoch }: StatusRow): boolean =>
    epochs.get(processorId) === epoch && epoch > (buried.get(processorId) ?? -Infinity);
  const rows = new Map<ProcessorId, StatusRow>();
  for (const row of [...data.rows.values(), ...delta.rows]) {
    if (!belongs(row)) continue;
    const known = rows.get(row.processorId);
    if (known === undefined || row.version > known.version) rows.set(row.processorId, row);
  }
  return {
    configuration,
    rows,
    silences: delta.silences,
    segmentRates: delta.segmentRates,
    asOfMs: delta.asOfMs,
  };
}
