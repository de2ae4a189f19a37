import { describe, expect, test } from 'vitest';
import { simulate } from '../../lab/simulator/simulate.ts';
import { listening, scenarioOf, type Heard } from './sample-scenario.ts';

function hear(given: object): Heard {
  const { entry, heard } = listening('a');
  simulate(scenarioOf(given), entry, 4);
  return heard;
}

const delayMs = ({ told }: Heard): number[] =>
  told.map(({ feedback }) => feedback.reportedAtMs - feedback.payment.atMs);

describe('feedback', () => {
  test('comes before the next choice that follows it in time, and never before its payment', () => {
    const { told, asked } = hear({ feedback: { delaySeconds: 3 } });
    for (const { feedback, afterPayments } of told) {
      expect(feedback.reportedAtMs).toBeGreaterThan(asked[afterPayments - 1]!.payment.atMs);
      expect(feedback.reportedAtMs - feedback.payment.atMs).toBeGreaterThanOrEqual(3_000);
    }
    expect(told.length).toBeGreaterThan(1_900);
  });

  test('comes so many transactions late as it is told', () => {
    const { told } = hear({ feedback: { delayTransactions: 30 }, arrivalsPerSecond: 0.1 });
    expect(new Set(told.map(({ feedback, afterPayments }) => afterPayments - 1 - feedback.payment.index))).toEqual(
      new Set([30]),
    );
  });

  test.each([
    [{ distribution: 'exponential', mean: 10 }, 10_000, 900],
    [{ distribution: 'uniform', from: 4, to: 8 }, 6_000, 150],
    [{ distribution: 'lognormal', median: 10, p99: 10.1 }, 10_000, 100],
  ])('is late by the distribution %o', (delaySeconds, meanMs, within) => {
    const delays = delayMs(hear({ feedback: { delaySeconds }, transactions: 5_000 }));
    const mean = delays.reduce((total, delay) => total + delay, 0) / delays.length;
    // The median latency of 200 ms comes on top.
    expect(Math.abs(mean - 209 - meanMs)).toBeLessThan(within);
  });

  test('that is lost never comes', () => {
    expect(hear({ feedback: { lossRate: 0.25 } }).told.length / 2_000).toBeCloseTo(0.75, 1);
    expect(hear({ feedback: { lossRate: 1 } }).told).toEqual([]);
  });

  test('that is sent twice comes twice with the same words', () => {
    const { told } = hear({ feedback: { duplicateRate: 1 } });
    const byPayment = new Map<number, (typeof told)[number][]>();
    for (const copy of told) {
      const { index } = copy.feedback.payment;
      byPayment.set(index, [...(byPayment.get(index) ?? []), copy]);
    }
    const pairs = [...byPayment.values()].filter((copies) => copies.length === 2);
    expect(pairs.length).toBeGreaterThan(1_000);
    for (const [first, second] of pairs)
      expect({ ...second!.feedback, reportedAtMs: 0 }).toEqual({ ...first!.feedback, reportedAtMs: 0 });
  });

  test('is told in the order of its arrival, which need not be that of the payments', () => {
    const inversions = (outOfOrderRate: number): number => {
      const { told } = hear({
        feedback: { outOfOrderRate },
        arrivalsPerSecond: 2,
        arrivals: { process: 'regular' },
        processors: [{ id: 'a', approvalRate: 0.9, latencyMs: 1 }],
      });
      const times = told.map(({ feedback }) => feedback.reportedAtMs);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      return told.filter(({ feedback }, at) => at > 0 && feedback.payment.index < told[at - 1]!.feedback.payment.index)
        .length;
    };
    expect(inversions(0)).toBe(0);
    expect(inversions(0.2)).toBeGreaterThan(100);
  });

  test('waits for the refill of the table by which decisions are taken', () => {
    const start = Date.parse('2026-01-05T00:00:00Z');
    const { told } = hear({ tableAgeSeconds: 2 });
    expect(told.every(({ feedback }) => (feedback.reportedAtMs - start) % 2_000 === 0)).toBe(true);
    expect(Math.max(...delayMs({ told, asked: [] }))).toBeLessThan(3_500);
  });

  test('of a timeout comes after the time that is waited for it', () => {
    const { told } = hear({ processors: [{ id: 'a', approvalRate: 1, timeoutRate: 1, timeoutMs: 7_000 }] });
    expect(told.every(({ feedback }) => feedback.outcome === 'timeout' && feedback.latencyMs === 7_000)).toBe(true);
  });

  test('tells a customer’s error from an issuer’s decline and a processor’s fault', () => {
    const faults = (processor: object, userErrorRate: number) =>
      new Set(
        hear({ processors: [{ id: 'a', ...processor }], userErrorRate }).told.map(({ feedback }) => feedback.fault),
      );
    expect(faults({ approvalRate: 1 }, 1)).toEqual(new Set(['user']));
    expect(faults({ approvalRate: 0 }, 0)).toEqual(new Set(['issuer']));
    expect(faults({ approvalRate: 1, errorRate: 1 }, 1)).toEqual(new Set(['processor']));
  });

  test('of a processor in an episode of loss stops, and that of others goes on', () => {
    const scenario = {
      episodes: [{ processor: 'a', fromFraction: 0.5, toFraction: 1, set: { lossRate: 1 } }],
    };
    expect(hear(scenario).told.every(({ feedback }) => feedback.payment.index < 1_000)).toBe(true);
    const { entry, heard } = listening('b');
    simulate(scenarioOf(scenario), entry, 4);
    expect(heard.told.some(({ feedback }) => feedback.payment.index > 1_500)).toBe(true);
  });
});
