import { describe, expect, test } from 'vitest';
import { decideOn, HALF_OPEN, id, OPEN, processor, REOPENING, row, rule, table, windowOf } from './made-table.ts';
import type { Known } from './made-table.ts';
import type { Rule, StatePredicate } from '../../../src/domain/configuration/configuration.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';

/** a .9, b .8, c .7: `a` is drawn unless a rule says otherwise. */
function tableWith(rules: readonly Rule[], known: Record<string, Known> = {}): RoutingTable {
  const means: Record<string, number> = { a: 0.9, b: 0.8, c: 0.7 };
  return table(
    ['a', 'b', 'c'].map((name) => processor(name)),
    ['a', 'b', 'c'].map((name) => row(name, { mean: means[name] ?? 0, sd: 0.001, ...known[name] })),
    { configuration: { rules, routing: { strategy: 'techcart', probeFloor: 0.002, probeShareMax: 0.05 } } },
  );
}
const A_OPEN = { a: { breaker: OPEN } };
const pin = (...names: string[]): Rule['action'] => ({ kind: 'pin', processors: names.map(id) });
const prefer = (...names: string[]): Rule['action'] => ({ kind: 'prefer', processors: names.map(id) });
const exclude = (...names: string[]): Rule['action'] => ({ kind: 'exclude', processors: names.map(id) });

interface Case {
  readonly spec: string;
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly known?: Record<string, Known>;
  readonly chosen: string;
  readonly ruleIds: readonly string[];
  readonly reasons?: readonly string[];
  readonly noted?: RegExp;
}

const CASES: readonly Case[] = [
  {
    spec: 'RUL-5',
    name: 'a pin leaves only its processors',
    rules: [rule('r', { action: pin('c') })],
    chosen: 'c',
    ruleIds: ['r'],
    reasons: ['rule_pin'],
  },
  {
    spec: 'RUL-5',
    name: 'a pin on nobody admitted is passed over',
    rules: [rule('r', { action: pin('a') })],
    known: A_OPEN,
    chosen: 'b',
    ruleIds: [],
    noted: /none of its processors/,
  },
  {
    spec: 'RUL-5',
    name: 'a pin among several leaves the strategy its choice',
    rules: [rule('r', { action: pin('c', 'b') })],
    chosen: 'b',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-6',
    name: 'prefer goes by its own order',
    rules: [rule('r', { action: prefer('c', 'b') })],
    chosen: 'c',
    ruleIds: ['r'],
    reasons: ['rule_prefer'],
  },
  {
    spec: 'RUL-6',
    name: 'prefer skips whom the breaker keeps out',
    rules: [rule('r', { action: prefer('a', 'c') })],
    known: A_OPEN,
    chosen: 'c',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-6',
    name: 'prefer on nobody admitted is passed over',
    rules: [rule('r', { action: prefer('a') })],
    known: A_OPEN,
    chosen: 'b',
    ruleIds: [],
    noted: /none/,
  },
  {
    spec: 'RUL-7',
    name: 'exclude takes its processors out',
    rules: [rule('r', { action: exclude('a', 'b') })],
    chosen: 'c',
    ruleIds: ['r'],
    reasons: ['rule_exclude'],
  },
  {
    spec: 'RUL-7',
    name: 'exclude is passed over when nothing else is left',
    rules: [rule('r', { action: exclude('a', 'b', 'c') })],
    chosen: 'a',
    ruleIds: [],
    noted: /nothing else is left/,
  },
  {
    spec: 'RUL-7',
    name: 'exclude counts only the admitted as left',
    rules: [rule('r', { action: exclude('b', 'c') })],
    known: A_OPEN,
    chosen: 'b',
    ruleIds: [],
    noted: /nothing else/,
  },
  {
    spec: 'RUL-9',
    name: 'a strategy rule changes the strategy',
    rules: [rule('r', { action: { kind: 'strategy', strategy: 'priority' } })],
    chosen: 'a',
    ruleIds: ['r'],
    reasons: ['rule_strategy'],
  },
  {
    spec: 'RUL-4',
    name: 'the higher pin stands',
    rules: [rule('low', { action: pin('b') }), rule('high', { action: pin('c'), priority: 1 })],
    chosen: 'c',
    ruleIds: ['high'],
  },
  {
    spec: 'RUL-4',
    name: 'of equals the first by id stands',
    rules: [rule('y', { action: prefer('c') }), rule('x', { action: prefer('b') })],
    chosen: 'b',
    ruleIds: ['x'],
  },
  {
    spec: 'RUL-4',
    name: 'a lower rule acts on what a higher one left',
    rules: [rule('high', { action: exclude('c'), priority: 1 }), rule('low', { action: pin('c') })],
    chosen: 'a',
    ruleIds: ['high'],
    noted: /none of its processors/,
  },
  {
    spec: 'RUL-4',
    name: 'a lower exclude cannot empty a pin',
    rules: [rule('high', { action: pin('c'), priority: 1 }), rule('low', { action: exclude('c') })],
    chosen: 'c',
    ruleIds: ['high'],
    noted: /nothing else/,
  },
  {
    spec: 'RUL-4',
    name: 'a disabled rule is none',
    rules: [rule('r', { action: pin('c'), enabled: false })],
    chosen: 'a',
    ruleIds: [],
  },
  {
    spec: 'RUL-11',
    name: 'a rule of this method, country and currency matches',
    rules: [rule('r', { action: pin('c'), paymentMethods: ['PIX', 'CARD'], countries: ['BR'], currencies: ['BRL'] })],
    chosen: 'c',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-11',
    name: 'a rule of another method does not',
    rules: [rule('r', { action: pin('c'), paymentMethods: ['PIX'] })],
    chosen: 'a',
    ruleIds: [],
  },
  {
    spec: 'RUL-11',
    name: 'a rule of another country does not',
    rules: [rule('r', { action: pin('c'), countries: ['MX'] })],
    chosen: 'a',
    ruleIds: [],
  },
  {
    spec: 'RUL-11',
    name: 'a rule of another currency does not',
    rules: [rule('r', { action: pin('c'), currencies: ['USD'] })],
    chosen: 'a',
    ruleIds: [],
  },
  {
    spec: 'RUL-3',
    name: 'a condition without its field does not match and is noted',
    rules: [rule('r', { action: pin('c'), condition: 'bin == "4"' })],
    chosen: 'a',
    ruleIds: [],
    noted: /no bin/,
  },
  {
    spec: 'RUL-2',
    name: 'a condition that holds matches',
    rules: [rule('r', { action: pin('c'), condition: 'amount >= 150' })],
    chosen: 'c',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-2',
    name: 'a condition that does not hold does not',
    rules: [rule('r', { action: pin('c'), condition: 'amount > 150' })],
    chosen: 'a',
    ruleIds: [],
  },
  {
    spec: 'RUL-12',
    name: 'exclude strikes only those for which its predicate holds',
    rules: [rule('r', { action: exclude('a', 'b'), when: { approvalAtLeast: 0.85 } })],
    chosen: 'b',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-12',
    name: 'another kind applies when its predicate holds for any eligible one, admitted or not',
    rules: [rule('r', { action: prefer('c'), when: { processorId: id('a'), breakerIn: ['OPEN'] } })],
    known: A_OPEN,
    chosen: 'c',
    ruleIds: ['r'],
  },
  {
    spec: 'RUL-12',
    name: 'another kind is left out when its predicate holds for nobody',
    rules: [rule('r', { action: prefer('c'), when: { breakerIn: ['OPEN'] } })],
    chosen: 'a',
    ruleIds: [],
  },
];

const casesOf = (spec: string): readonly Case[] => CASES.filter((each) => each.spec === spec);

function prove({ rules, known, chosen, ruleIds, reasons, noted }: Case): void {
  const decision = decideOn(tableWith(rules, known));
  expect(decision.chosen).toBe(chosen);
  expect(decision.ruleIds).toEqual(ruleIds);
  expect(decision.reasons).toEqual(expect.arrayContaining([...(reasons ?? [])]));
  expect(decision.notes.map(({ detail }) => detail).join()).toMatch(noted ?? /^$/);
}

describe('rules', () => {
  test.each(casesOf('RUL-2'))('[RUL-2] $name', prove);
  test.each(casesOf('RUL-3'))('[RUL-3] $name', prove);
  test.each(casesOf('RUL-4'))('[RUL-4] $name', prove);
  test.each(casesOf('RUL-5'))('[RUL-5] $name', prove);
  test.each(casesOf('RUL-6'))('[RUL-6] $name', prove);
  test.each(casesOf('RUL-7'))('[RUL-7] $name', prove);
  test.each(casesOf('RUL-9'))('[RUL-9] $name', prove);
  test.each(casesOf('RUL-11'))('[RUL-11] $name', prove);
  test.each(casesOf('RUL-12'))('[RUL-12] $name', prove);

  test.each<{ readonly when: StatePredicate; readonly holds: boolean }>([
    { when: { statusIn: ['DOWN'] }, holds: true },
    { when: { statusIn: ['HEALTHY', 'DEGRADED'] }, holds: false },
    { when: { breakerIn: ['CLOSED'] }, holds: true },
    { when: { breakerIn: ['OPEN', 'HALF_OPEN'] }, holds: false },
    { when: { approvalBelow: 0.9 }, holds: false },
    { when: { approvalBelow: 0.901 }, holds: true },
    { when: { approvalAtLeast: 0.9 }, holds: true },
    { when: { latencyP95MsAbove: 399 }, holds: true },
    { when: { latencyP95MsAbove: 400 }, holds: false },
    { when: { costMinorAbove: 319 }, holds: true },
    { when: { costMinorAbove: 320 }, holds: false },
    { when: { processorId: id('b') }, holds: false },
    { when: { statusIn: ['DOWN'], approvalAtLeast: 0.95 }, holds: false },
  ])('[RUL-12] the predicate $when holds for the candidate: $holds', ({ when, holds }) => {
    const on = table(
      [processor('a', { feeFixedMinor: 20, feeBps: 200 }), processor('b')],
      [row('a', { mean: 0.9, window: windowOf({ A: 10, D: 40 }) }), row('b', { mean: 0.5 })],
      { configuration: { rules: [rule('r', { action: exclude('a'), when })] } },
    );
    expect(decideOn(on).exclusions.map(({ processorId }) => processorId)).toEqual(holds ? ['a'] : []);
  });

  test('[RUL-5] a pin and an exclude also keep their processors from being probed', () => {
    expect(
      decideOn(tableWith([rule('r', { action: pin('b') })], { a: { breaker: HALF_OPEN } })).permitWanted,
    ).toBeNull();
    expect(
      decideOn(tableWith([rule('r', { action: exclude('a') })], { a: { breaker: REOPENING } })).permitWanted,
    ).toBeNull();
    expect(
      decideOn(tableWith([rule('r', { action: pin('a', 'b') })], { a: { breaker: HALF_OPEN } })).permitWanted,
    ).toEqual({
      processorId: 'a',
      scope: 'CARD|BR',
    });
  });
});
