import { describe, expect, test } from 'vitest';
import { applyDelta, compileTable } from '../../../src/domain/routing/compile-table.ts';
import {
  CARD_BR,
  CLOSED,
  decideOn,
  HALF_OPEN,
  id,
  NOW,
  OPEN,
  processor,
  REOPENING,
  row,
  sharesOf,
  table,
  tableData,
  tally,
} from './made-table.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';

const UNCHANGED = { rows: [], silences: [], segmentRates: new Map(), asOfMs: NOW + 1_000 };
const PAIR = [processor('a'), processor('b')];

describe('differences', () => {
  test.each([
    ['a newer version', { version: 6 }, 6],
    ['the same version', { version: 5 }, 5],
    ['an older version', { version: 4 }, 5],
    ['an older epoch', { version: 9, epoch: 1 }, 5],
    ['an epoch that is not registered', { version: 9, epoch: 3 }, 5],
  ])('[TAB-1] a row of %s leaves the table with version as expected', (_, known, version) => {
    const data = tableData([processor('a', { epoch: 2 })], [row('a', { epoch: 2, version: 5 })]);
    const next = applyDelta(data, { ...UNCHANGED, rows: [row('a', { epoch: 2, ...known })] });
    expect(next.rows.get(id('a'))?.version).toBe(version);
    expect(data.rows.get(id('a'))?.version).toBe(5);
  });

  test('[TAB-1] with its processor a row leaves, and a namesake does not inherit it', () => {
    const data = tableData(PAIR, [row('a'), row('b')]);
    const deleted = {
      ...data.configuration,
      version: 2,
      processors: [processor('b')],
      tombstones: [{ processorId: id('a'), epoch: 1 }],
    };
    const without = applyDelta(data, { ...UNCHANGED, configuration: deleted, rows: [row('a', { version: 9 })] });
    expect([...without.rows.keys()]).toEqual(['b']);
    const reborn = { ...deleted, version: 3, processors: [processor('b'), processor('a', { epoch: 2 })] };
    expect([...applyDelta(data, { ...UNCHANGED, configuration: reborn }).rows.keys()]).toEqual(['b']);
    const told = applyDelta(data, { ...UNCHANGED, configuration: reborn, rows: [row('a', { epoch: 2 })] });
    expect(told.rows.get(id('a'))?.epoch).toBe(2);
  });

  test('[TAB-1] configurations only move forward, silences and rates are those of the difference', () => {
    const data = tableData(PAIR);
    const older = { ...data.configuration, version: 0, processors: [] };
    const silences = [{ processorId: id('a'), segment: CARD_BR, sinceMs: NOW, untilMs: NOW + 1, trialEveryMs: 30_000 }];
    const segmentRates = new Map([[CARD_BR, { segment: CARD_BR, perSecond: 7, toLimited: [] }]]);
    const next = applyDelta(data, { ...UNCHANGED, configuration: older, silences, segmentRates });
    expect(next).toMatchObject({ configuration: { version: 1 }, silences, asOfMs: NOW + 1_000 });
    expect(next.segmentRates).toBe(segmentRates);
    // Which difference is newer is the caller's to say: a clock may have been set back in between.
    expect(applyDelta(next, { ...UNCHANGED, configuration: null, asOfMs: NOW }).asOfMs).toBe(NOW);
  });

  test('[TAB-1] a row of an epoch that the configuration does not know is not read', () => {
    const on = compileTable(tableData([processor('a', { epoch: 2 })], [row('a', { epoch: 1, breaker: OPEN })]));
    expect(decideOn(on)).toMatchObject({ chosen: 'a', degraded: false });
  });
});

describe('age', () => {
  const cases: readonly {
    readonly ageMs: number;
    readonly view: BreakerView;
    readonly does: 'admits' | 'asks' | 'lets 1% through' | 'keeps out';
  }[] = [
    ...[0, 2_000, 60_000, 60_001, 600_001].flatMap((ageMs) => [
      { ageMs, view: CLOSED, does: 'admits' as const },
      { ageMs, view: OPEN, does: 'keeps out' as const },
    ]),
    ...[0, 2_000, 60_000].flatMap((ageMs) => [
      { ageMs, view: REOPENING, does: 'asks' as const },
      { ageMs, view: HALF_OPEN, does: 'asks' as const },
    ]),
    ...[60_001, 600_001].flatMap((ageMs) => [
      { ageMs, view: REOPENING, does: 'lets 1% through' as const },
      { ageMs, view: HALF_OPEN, does: 'lets 1% through' as const },
    ]),
  ];

  test.each(cases)(
    '[TAB-2] at an age of $ageMs ms a breaker $view.state $does',
    ({ ageMs: tableAgeMs, view, does }) => {
      const on = table(PAIR, [row('a', { breaker: view }), row('b')]);
      const decision = decideOn(on, {}, { tableAgeMs });
      expect(decision.permitWanted !== null).toBe(does === 'asks');
      const share = (tally(on, 5_000, {}, { tableAgeMs }).get('a') ?? 0) / 5_000;
      if (does === 'admits') expect(share).toBeGreaterThan(0.3);
      else if (does === 'lets 1% through') expect(Math.abs(share - 0.01)).toBeLessThan(0.0057);
      else expect(share).toBe(0);
      expect(decision.reasons.includes('stale_table')).toBe(tableAgeMs > 60_000);
    },
  );

  test('[TAB-2] a local probe is marked, carries its probability and no permit', () => {
    const on = table(PAIR, [row('a', { breaker: REOPENING }), row('b')]);
    const probe = [...Array(2_000).keys()]
      .map((index) => decideOn(on, {}, { tableAgeMs: 90_000, seed: BigInt(index) * 0x9e3779b97f4a7c15n }))
      .find(({ chosen }) => chosen === 'a');
    expect(probe).toMatchObject({ propensity: 0.01, permit: false, deterministic: false, degraded: false });
    expect(probe?.reasons).toEqual(['local_probe', 'stale_table']);
  });

  test('[TAB-2] all local probes together take no more than a tenth', () => {
    const names = [...Array(30).keys()].map((index) => `p${index}`);
    const on = table(
      [processor('well'), ...names.map((name) => processor(name))],
      names.map((name) => row(name, { breaker: REOPENING })),
    );
    expect(sharesOf(on, 'learned', {}, { tableAgeMs: 61_000 })[0]).toBeCloseTo(0.9, 9);
  });

  test('[TAB-3] beliefs widen with age, and past ten minutes the baseline ranks', () => {
    const on = table(PAIR, [
      row('a', { mean: 0.3, sd: 0.02, baseline: 0.9 }),
      row('b', { mean: 0.7, sd: 0.02, baseline: 0.6 }),
    ]);
    const ageOf = (tableAgeMs: number) => decideOn(on, { strategy: 'learned' }, { tableAgeMs });
    const approval = (tableAgeMs: number) =>
      ageOf(tableAgeMs).ranked.find(({ processorId }) => processorId === 'a')?.approval;
    expect(approval(2_000)).toEqual({ mean: 0.3, sd: 0.02 });
    expect(approval(30_000)?.mean).toBeCloseTo(0.3, 9);
    expect(approval(30_000)?.sd).toBeGreaterThan(0.02);
    expect(approval(600_001)?.mean).toBeCloseTo(0.9, 9);
    const shares = (tableAgeMs: number): number[] => sharesOf(on, 'learned', {}, { tableAgeMs });
    expect(shares(0)[0]).toBeLessThan(0.01);
    expect(shares(600_001)[0]).toBeGreaterThan(0.5);
  });

  test('[TAB-4] a plan is made once per segment and does not answer for another', () => {
    const on = table([processor('a', { paymentMethods: ['CARD', 'PIX'] }), processor('b')]);
    expect(on.plan('CARD', 'BR')).toBe(on.plan('CARD', 'BR'));
    expect(on.plan('PIX', 'BR').candidates.map(({ id: name }) => name)).toEqual(['a']);
    expect(on.plan('CARD', 'BR').candidates).toHaveLength(2);
  });

  test('[TAB-4] callers that invent countries do not fill the memory', () => {
    const on = table(PAIR);
    for (let index = 0; index < 1_024; index += 1) on.plan('CARD', `X${index}`);
    expect(on.plan('CARD', 'X1023')).toBe(on.plan('CARD', 'X1023'));
    expect(on.plan('CARD', 'BR')).not.toBe(on.plan('CARD', 'BR'));
    expect(decideOn(on).chosen).not.toBeNull();
  });
});
