import { describe, expect, test } from 'vitest';
import { attempt, logOf, simulated, START, type Market } from './made-log.ts';
import { backtest, type BacktestReport } from '../../../lab/backtest/backtest.ts';
import { calibrationChart, valueChart } from '../../../lab/backtest/report-charts.ts';
import { Offers } from '../../../lab/backtest/offers.ts';
import { Replay } from '../../../lab/backtest/replay.ts';
import { reportPage } from '../../../lab/backtest/report-page.ts';
import type { LoggedAttempt } from '../../../lab/backtest/attempt-log.ts';

const reportOf = (attempts: readonly LoggedAttempt[]): BacktestReport => backtest(logOf(attempts), []).report;
const STEADY: Market = { payments: 3_000, everyMs: 2_000, approval: { a: () => 0.9, b: () => 0.7 } };
const STEADY_REPORT = reportOf(simulated(1, STEADY));
const OUTAGE: Market = {
  payments: 3_000,
  everyMs: 1_000,
  approval: { a: (part) => (part > 0.5 && part < 0.6 ? 0.02 : 0.97), b: () => 0.96 },
  failure: 'error',
};
const OUTAGE_REPORT = reportOf(simulated(2, OUTAGE));

describe('time', () => {
  test('a log in any order is replayed in the order of time', () => {
    const attempts = simulated(1, STEADY);
    // The first rows stay, since processors are numbered by their first mention.
    const mixed = [...attempts.slice(0, 10), ...attempts.slice(10).reverse()];
    expect(reportOf(mixed)).toEqual(STEADY_REPORT);
  });

  test('nothing is known of a result before it was recorded', () => {
    const late = START + 10_000 * 1_000;
    const attempts = Array.from({ length: 200 }, (_, index) =>
      attempt({
        transactionId: `t${index}`,
        result: 'declined',
        occurredAtMs: START + index * 10_000,
        recordedAtMs: index < 100 ? late : START + index * 10_000 + 300,
      }),
    );
    const log = logOf(attempts);
    const replay = new Replay(log, new Offers(log));
    const foretold: number[] = [];
    let known = 0;
    const results = log.inOrderOfResults();
    for (const row of log.inOrderOfAttempts()) {
      for (; log.recordedAtMs(results[known]!) < log.occurredAtMs(row); known += 1) replay.learn(results[known]!);
      foretold.push(replay.foresee(row)[0]!.approval);
    }
    expect(new Set(foretold.slice(0, 101)).size).toBe(1);
    expect(foretold[101]).toBeLessThan(foretold[100]!);
    expect(foretold[199]).toBeLessThan(0.2);
  });

  test('its own result is not known to an attempt, however soon it was recorded', () => {
    const same = (result: 'approved' | 'declined') =>
      reportOf([attempt({ result, recordedAtMs: START, latencyMs: null })]).predictive.overall.posterior.meanPredicted;
    expect(same('approved')).toBe(same('declined'));
  });
});

describe('what is judged', () => {
  test('a repeat of a transaction at its processor is counted once; another processor’s or a retry is its own', () => {
    const rows = [
      attempt(),
      attempt({ occurredAtMs: START + 1 }),
      attempt({ processor: 'b' }),
      attempt({ transactionId: 'u', attempt: 2, result: 'declined' }),
    ];
    const { log, predictive } = reportOf(rows);
    expect(log).toMatchObject({ rows: 4, repeats: 1, firstAttempts: 2 });
    expect(predictive.overall.posterior).toMatchObject({ count: 2, rate: 1 });
    expect(predictive.processors.map(({ processor }) => processor)).toEqual(['a', 'b']);
  });

  test('a first attempt is judged, be it that a retry of the same name stands before it', () => {
    const rows = [attempt({ attempt: 2 }), attempt({ occurredAtMs: START + 1, result: 'declined' })];
    const { log, predictive } = reportOf(rows);
    expect(log).toMatchObject({ rows: 2, repeats: 1, firstAttempts: 1 });
    expect(predictive.overall.posterior).toMatchObject({ count: 1, rate: 0 });
  });

  test('the posterior tells processors apart and is calibrated', () => {
    const { posterior, constant } = STEADY_REPORT.predictive.overall;
    expect(posterior.auc).toBeGreaterThan(0.62);
    expect(posterior.calibrationError).toBeLessThan(0.03);
    expect(posterior.logLoss).toBeLessThan(constant.logLoss + 0.02);
  });

  test('where approval changes it beats the rate that is taken for constant', () => {
    const { posterior, constant } = OUTAGE_REPORT.predictive.overall;
    expect(posterior.logLoss).toBeLessThan(constant.logLoss);
  });
});

describe('the value of other choices', () => {
  test('in nine of ten small logs the interval of each static choice holds its true approval', () => {
    const runs = Array.from({ length: 20 }, (_, run) => reportOf(simulated(100 + run, { ...STEADY, payments: 800 })));
    for (const [policy, truth] of [
      ['always a', 0.9],
      ['always b', 0.7],
    ] as const) {
      const held = runs.filter(({ value }) => {
        const answer = value.find((each) => each.policy === policy)!.answer;
        return answer.ok && answer.doublyRobust.low <= truth && truth <= answer.doublyRobust.high;
      });
      expect(held.length).toBeGreaterThanOrEqual(17);
    }
  });

  test('the best policy stands first, those without a number last', () => {
    const many: Market = {
      payments: 4_000,
      everyMs: 1_000,
      approval: { worst: () => 0.5, fair: () => 0.7, best: () => 0.9 },
    };
    const rare = attempt({ transactionId: 'rare', processor: 'rare', propensity: 0.5 });
    const { value } = reportOf([rare, ...simulated(5, many)]);
    const order = value.map(({ policy }) => policy).filter((policy) => policy !== 'learned');
    expect(order).toEqual(['always best', 'always fair', 'always worst', 'always rare']);
    expect(value.at(-1)!.answer.ok).toBe(false);
    // What was logged is told of all payments, not of those that the first in the list could have had.
    const { answer } = value.find(({ policy }) => policy === 'learned')!;
    if (!answer.ok) throw new Error(answer.reason);
    const narrow = value.map((each) =>
      each.policy === 'always best' && each.answer.ok
        ? { ...each, answer: { ...each.answer, logged: each.answer.doublyRobust } }
        : each,
    );
    expect(valueChart(narrow)).toContain(`logged ${(100 * answer.logged.value).toFixed(1)}%`);
  });

  test('learned is worth nearly the best processor, more than what chance did', () => {
    const { answer } = STEADY_REPORT.value.find(({ policy }) => policy === 'learned')!;
    if (!answer.ok) throw new Error(answer.reason);
    expect(answer.doublyRobust.value).toBeGreaterThan(0.87);
    expect(answer.lift.low).toBeGreaterThan(0.05);
    expect(answer.meanWeight).toBeCloseTo(1, 1);
  });

  test('a log without propensities gets a sentence and no number', () => {
    const { value, log } = reportOf(simulated(1, { ...STEADY, payments: 600, withPropensity: false }));
    expect(log.withPropensity).toBe(0);
    expect(value.map(({ answer }) => answer)).toEqual([1, 2, 3].map(() => ({ ok: false, reason: 'no_propensities' })));
  });

  test('a log that always did the same has no overlap with doing something else', () => {
    const rows = simulated(1, { ...STEADY, payments: 900 }).map((row) => ({
      ...row,
      processor: 'a',
      propensity: 1,
      eligible: ['a', 'b'],
    }));
    const { value } = reportOf(rows);
    expect(value.find(({ policy }) => policy === 'always b')!.answer).toMatchObject({
      ok: false,
      reason: 'no_overlap',
    });
    expect(value.find(({ policy }) => policy === 'always a')!.answer).toMatchObject({ ok: true });
  });

  test('a static choice is judged only on the payments it could have had', () => {
    const log = logOf([
      attempt({ transactionId: '1' }),
      attempt({ transactionId: '2', processor: 'b', occurredAtMs: START + 10 }),
      attempt({ transactionId: '3', occurredAtMs: START + 20 }),
      attempt({ transactionId: '4', processor: 'c', eligible: ['c', 'a'], occurredAtMs: START + 5 }),
      attempt({ transactionId: '5', processor: 'b', country: 'BR', occurredAtMs: START + 15 }),
    ]);
    const offers = new Offers(log);
    const names = [0, 1, 2, 3, 4].map((row) => offers.of(row).map((number) => log.processors[number]));
    expect(names).toEqual([['a'], ['a', 'b'], ['a'], ['a', 'c'], ['b']]);
    expect(offers.of(2)).toBe(offers.of(0));
  });
});

describe('what would have been announced', () => {
  test('an outage is one episode of its processor, from soon after it began, with its rates and money at risk', () => {
    const [episode, ...others] = OUTAGE_REPORT.episodes;
    expect(others).toEqual([]);
    expect(episode).toMatchObject({ processor: 'a', kind: 'breaker' });
    const began = START + 1_500 * 1_000;
    expect(Date.parse(episode!.from)).toBeGreaterThan(began);
    expect(Date.parse(episode!.from)).toBeLessThan(began + 40_000);
    // Over after 300 s: then a scout within the open time of a minute, a few successes, and a minute of quiet.
    expect(Date.parse(episode!.to!)).toBeGreaterThan(began + 300_000);
    expect(Date.parse(episode!.to!)).toBeLessThan(began + 300_000 + 180_000);
    expect(episode!.evidence['recent_rate']).toBeGreaterThan(0.1);
    expect(episode!.moneyAtRisk).toMatchObject({ currency: 'USD' });
    expect(STEADY_REPORT.episodes).toEqual([]);
  });

  test('a long outage is over soon after the recovery too, in a log without propensities as well', () => {
    const long = {
      ...OUTAGE,
      approval: { ...OUTAGE.approval, a: (part: number) => (part > 0.2 && part < 0.7 ? 0.02 : 0.97) },
    };
    for (const withPropensity of [true, false]) {
      const { episodes } = reportOf(simulated(3, { ...long, withPropensity }));
      expect(episodes.map(({ processor }) => processor)).toEqual(['a']);
      const overFor = Date.parse(episodes[0]!.to!) - (START + 2_100 * 1_000);
      expect(overFor).toBeGreaterThan(0);
      expect(overFor).toBeLessThan(180_000);
    }
  });

  test('without amounts nothing is told of money', () => {
    const rows = simulated(2, OUTAGE).map((row) => ({ ...row, amountMinor: null, currency: null }));
    expect(reportOf(rows).episodes[0]).toMatchObject({ moneyAtRisk: null });
  });
});

describe('the page', () => {
  const hostile = '<script>alert(1)</script>&"x"';
  const pages = [STEADY_REPORT, OUTAGE_REPORT].map(reportPage);

  test('needs nothing from elsewhere, follows light and dark, and holds no broken number', () => {
    for (const page of pages) {
      expect(page).not.toMatch(/https?:|\ssrc=|url\(|@import|<script|<link/);
      expect(page).toContain('prefers-color-scheme: dark');
      expect(page).not.toMatch(/NaN|undefined|Infinity|null/);
      expect(page.match(/<svg /g)!.length).toBe(4);
      expect(page.match(/<svg /g)!.length).toBe(page.match(/<\/svg>/g)!.length);
    }
    expect(pages[1]).toContain('class="band breaker"');
    expect(pages[0]).not.toContain('class="band');
  });

  test('groups thousands in money, and counts one as one', () => {
    const rows = simulated(2, OUTAGE).map((row) => ({ ...row, amountMinor: 50_000_000 }));
    const page = reportPage(reportOf(rows));
    expect(page).toMatch(/>\d{1,3}(,\d{3})+\.\d\d USD</);
    expect(page).toContain('<b>2</b><span>processors</span>');
    expect(page).toContain('<b>1</b><span>segment</span>');
    expect(page).toContain('<b>1</b><span>episode announced</span>');
    expect(pages[0]).toContain('<b>0</b><span>episodes announced</span>');
  });

  test('the calibration is drawn as large as its points allow, however far one lies off', () => {
    const bin = (predicted: number, observed: number, count: number) => ({
      predicted,
      observed,
      low: observed - 0.01,
      high: observed + 0.01,
      count,
    });
    const heap = Array.from({ length: 9 }, (_, place) => bin(0.9 + place * 0.004, 0.9 + place * 0.004, 1_000));
    const quality = { ...STEADY_REPORT.predictive.overall.posterior, calibration: [bin(0.05, 0.05, 1_000), ...heap] };
    const chart = calibrationChart({ posterior: quality, constant: quality, last100: quality });
    const places = [...chart.matchAll(/<circle cx="([\d.]+)"[^>]*class="ours"/g)].map(([, x]) => Number(x));
    expect(places).toHaveLength(10);
    expect(places.at(-1)! - places[1]!).toBeGreaterThan(150);
  });

  test('of a log of one attempt, and of names that are markup, is whole', () => {
    const rows = [attempt({ processor: hostile, paymentMethod: hostile.toUpperCase() })];
    const page = reportPage(backtest(logOf(rows), [hostile]).report);
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<SCRIPT');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});
