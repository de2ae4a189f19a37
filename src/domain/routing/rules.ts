// Which rules a payment meets and what they do to the candidates: pin, prefer, exclude, split, strategy (SPEC.md [RUL]).
import { compileCondition, factsOf, type Condition, type RequestFacts } from './rule-condition.ts';
import type { Contest } from './contest.ts';
import type { Configuration, Rule, StrategyName } from '../configuration/configuration.ts';
import type { ProcessorId } from '../identity.ts';

export interface CompiledRule {
  readonly rule: Rule;
  readonly condition: Condition | null;
  readonly currencies: ReadonlySet<string> | null;
}

/** Rules by segment, highest priority first: what cannot match a segment is never looked at for it. */
export class RuleIndex {
  readonly #rules: readonly CompiledRule[];

  constructor(configuration: Configuration) {
    this.#rules = configuration.rules
      .filter(({ enabled }) => enabled)
      .toSorted((left, right) => right.priority - left.priority || (left.id < right.id ? -1 : 1))
      .map((rule) => ({
        rule,
        condition: rule.condition === null ? null : compileCondition(rule.condition),
        currencies: rule.currencies.length === 0 ? null : new Set(rule.currencies),
      }));
  }

  of(paymentMethod: string, country: string): readonly CompiledRule[] {
    const speaksOf = (list: readonly string[], value: string): boolean => list.length === 0 || list.includes(value);
    return this.#rules.filter(
      ({ rule }) => speaksOf(rule.paymentMethods, paymentMethod) && speaksOf(rule.countries, country),
    );
  }
}

/** A rule's processors as candidate indices of one segment, in the rule's order. */
export interface PlannedRule extends CompiledRule {
  readonly members: readonly number[];
  /** By `members`, for a split. */
  readonly weights: readonly number[];
}

export function planRule(compiled: CompiledRule, indexOf: (id: ProcessorId) => number | undefined): PlannedRule {
  const members: number[] = [];
  const weights: number[] = [];
  for (const [id, weight] of namedBy(compiled.rule)) {
    const index = indexOf(id);
    if (index === undefined) continue;
    members.push(index);
    weights.push(weight);
  }
  return { ...compiled, members, weights };
}

function namedBy({ action }: Rule): readonly (readonly [ProcessorId, number])[] {
  if (action.kind === 'strategy') return [];
  if (action.kind === 'split') return action.weights.map(({ processor, weight }) => [processor, weight] as const);
  return action.processors.map((processor) => [processor, 1] as const);
}

/** What the rules decided beyond who is in play. */
export interface Ruling {
  readonly ruleIds: readonly string[];
  readonly pin: PlannedRule | null;
  /** The first prefer or split in force. */
  readonly chooser: PlannedRule | null;
  readonly strategy: StrategyName | null;
  readonly excluded: boolean;
}

export const NO_RULING: Ruling = { ruleIds: [], pin: null, chooser: null, strategy: null, excluded: false };

/** Each rule acts on what the higher ones left; of pins, of choosers and of strategies the first in force stands. */
export function applyRules(contest: Contest, rules: readonly PlannedRule[]): Ruling {
  if (rules.length === 0) return NO_RULING;
  const ruleIds: string[] = [];
  let pin: PlannedRule | null = null;
  let chooser: PlannedRule | null = null;
  let strategy: StrategyName | null = null;
  let excluded = false;
  let facts: RequestFacts | null = null;
  for (const planned of rules) {
    const { rule, condition } = planned;
    if (condition !== null) {
      facts ??= factsOf(contest.request, contest.moment.now);
      const outcome = condition.evaluate(facts);
      if (outcome.error !== null) contest.note(rule.id, `Not matched: ${outcome.error}`);
      if (!outcome.matched) continue;
    }
    if (rule.action.kind !== 'exclude' && !appliesToAny(contest, planned)) continue;
    switch (rule.action.kind) {
      case 'pin':
        if (pin !== null || !pinTo(contest, planned)) continue;
        pin = planned;
        break;
      case 'exclude':
        if (!exclude(contest, planned)) continue;
        excluded = true;
        break;
      case 'prefer':
      case 'split':
        if (chooser !== null || !canChoose(contest, planned)) continue;
        chooser = planned;
        break;
      case 'strategy':
        if (strategy !== null) continue;
        strategy = rule.action.strategy;
        break;
    }
    ruleIds.push(rule.id);
  }
  return { ruleIds, pin, chooser, strategy, excluded };
}

/** Over the eligible, admitted or not: "when A's breaker is open, prefer C" must be sayable. */
function appliesToAny(contest: Contest, { rule }: PlannedRule): boolean {
  const { when } = rule;
  if (when === null) return true;
  return contest.candidates.some((candidate, index) => contest.isEligible(index) && contest.holds(when, candidate));
}

function pinTo(contest: Contest, { rule, members }: PlannedRule): boolean {
  if (!members.some((index) => contest.inPlay(index))) {
    contest.note(rule.id, 'Passed over: none of its processors is eligible and admitted');
    return false;
  }
  const detail = `Pinned elsewhere by rule ${rule.name}`;
  for (const { index, id } of contest.candidates)
    if (!members.includes(index)) contest.bar(index, { processorId: id, reason: 'rule', by: rule.id, detail });
  return true;
}

function exclude(contest: Contest, { rule, members }: PlannedRule): boolean {
  const { when } = rule;
  const struck = members.filter((index) => {
    const candidate = contest.candidates[index];
    return candidate !== undefined && contest.mayPlay(index) && (when === null || contest.holds(when, candidate));
  });
  if (struck.length === 0) return false;
  const struckInPlay = struck.filter((index) => contest.inPlay(index)).length;
  if (contest.playing > 0 && struckInPlay === contest.playing) {
    contest.note(rule.id, 'Passed over: nothing else is left');
    return false;
  }
  const detail = `Excluded by rule ${rule.name}`;
  for (const index of struck) {
    const candidate = contest.candidates[index];
    if (candidate !== undefined) contest.bar(index, { processorId: candidate.id, reason: 'rule', by: rule.id, detail });
  }
  return true;
}

function canChoose(contest: Contest, { rule, members, weights }: PlannedRule): boolean {
  if (members.some((index, place) => contest.inPlay(index) && (weights[place] ?? 0) > 0)) return true;
  contest.note(rule.id, 'Passed over: none of its processors is eligible and admitted');
  return false;
}
