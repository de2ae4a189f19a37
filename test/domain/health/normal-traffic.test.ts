// Long simulated traffic through the whole state of a processor: what must stay quiet, and what must be told once.
import { describe, expect, test } from 'vitest';
import { CARD_BR, PIX_BR } from '../../harness/results.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { SimulatedBook, SimulatedProcessor } from '../../harness/simulated-traffic.ts';

const START = 1_770_000_000_000;

describe('quiet', () => {
  test(
    '[ALT-12] 2,000,000 normal transactions (75% approved, 20% declined, 5% errors) raise at most two alerts',
    { timeout: 120_000 },
    () => {
      const processor = new SimulatedProcessor('p', 20_261);
      const book = new SimulatedBook();
      for (let step = 1; step <= 20_000; step += 1) {
        const at = START + step * 1_000;
        processor.run(100, { error: 0.05, decline: 0.2 / 0.95 }, at, { segment: step % 2 === 0 ? PIX_BR : CARD_BR });
        book.collect([processor], at);
      }
      expect(processor.state.resultsRecorded).toBe(2_000_000);
      expect(book.opened.size).toBeLessThanOrEqual(2);
    },
  );

  test.each([0.02, 0.1, 0.2])(
    '[BRK-27] a technical baseline of %d does not trip in 100,000 attempts',
    { timeout: 60_000 },
    (error) => {
      const processor = new SimulatedProcessor('p', 7);
      for (let step = 1; step <= 1_000; step += 1) processor.run(100, { error, decline: 0.15 }, START + step * 1_000);
      expect(processor.trips).toBe(0);
    },
  );
});

describe('told once', () => {
  test(
    '[ALT-13] an issuer-wide step of declines from 10% to 45% trips nothing and is one alert',
    { timeout: 60_000 },
    () => {
      const processors = ['a', 'b', 'c'].map((id, index) => new SimulatedProcessor(id, 31 + index));
      const book = new SimulatedBook();
      for (let step = 1; step <= 600; step += 1) {
        const at = START + step * 1_000;
        for (const processor of processors) processor.run(10, { error: 0.01, decline: step < 300 ? 0.1 : 0.45 }, at);
        book.collect(processors, at);
      }
      expect(processors.map(({ trips }) => trips)).toEqual([0, 0, 0]);
      expect(book.opened.size).toBe(1);
      expect([...book.opened.values()][0]).toMatchObject({ processorId: '*', kind: 'approval', segment: PIX_BR });
    },
  );

  test(
    '[ALT-14] an outage with relapses is one alert, which closes 60 s and 50 results after the recovery',
    { timeout: 60_000 },
    () => {
      const processor = new SimulatedProcessor('p', 41);
      const book = new SimulatedBook();
      for (let second = 1; second <= 1_200; second += 1) {
        const at = START + second * 1_000;
        const failing = second > 200 && second <= 500;
        processor.run(5, { error: failing ? 0.9 : 0.01, decline: 0.1 }, at);
        book.collect([processor], at);
      }
      expect(processor.trips).toBeGreaterThanOrEqual(1);
      expect(book.opened.size).toBe(1);
      const [alert] = book.opened.values();
      expect(alert).toMatchObject({
        processorId: 'p',
        segment: PIX_BR,
        kind: 'breaker',
        fromStatus: 'HEALTHY',
        toStatus: 'DOWN',
      });
      expect(alert!.openedAtMs).toBeLessThan(START + 210_000);
      expect(alert!.closedAtMs).not.toBeNull();
      expect(alert!.moneyAtRisk!.minorPerHour).toBeGreaterThan(0);
    },
  );

  test(
    '[ALT-17] an alert of the whole processor closes too, though every segment has a breaker of its own by then',
    { timeout: 60_000 },
    () => {
      const processor = new SimulatedProcessor('p', 43);
      const book = new SimulatedBook();
      for (let second = 1; second <= 1_500; second += 1) {
        const at = START + second * 1_000;
        const failing = second > 200 && second <= 260;
        for (const segment of [PIX_BR, CARD_BR])
          processor.run(3, { error: failing ? 0.95 : 0.01, decline: 0.1 }, at, { segment });
        book.collect([processor], at);
      }
      expect(processor.state.row(START + 1_500_000).breaker.state).toBe('CLOSED');
      expect([...book.opened.values()].map(({ segment, closedAtMs }) => [segment, closedAtMs !== null])).toEqual([
        ['*', true],
      ]);
    },
  );

  test(
    '[ALT-17] a detector of the residual that was on at low traffic hears of the recovery at high traffic',
    { timeout: 60_000 },
    () => {
      const processor = new SimulatedProcessor('p', 47);
      const book = new SimulatedBook();
      const segments = [PIX_BR, CARD_BR, segmentKey('BOLETO', 'BR')];
      for (let minute = 1; minute <= 700; minute += 1) {
        const decline = minute > 400 && minute <= 600 ? 0.95 : 0.1;
        processor.run(1, { error: 0, decline }, START + minute * 60_000, { segment: segments[minute % 3]! });
        book.collect([processor], START + minute * 60_000);
      }
      expect(book.opened.size).toBeGreaterThan(0);
      for (let second = 1; second <= 5_000; second += 1) {
        const at = START + 700 * 60_000 + second * 1_000;
        processor.run(1, { error: 0, decline: 0.1 }, at, { segment: segments[second % 3]! });
        book.collect([processor], at);
      }
      expect([...book.opened.values()].filter(({ closedAtMs }) => closedAtMs === null)).toEqual([]);
    },
  );

  test.each([
    [0.002, 12],
    [0.05, 12],
    [0.2, 20],
  ])(
    '[ALT-15] at a technical baseline of %d a 90 percent outage is told within %d attempts in 99 runs of 100',
    { timeout: 60_000 },
    (error, within) => {
      let inTime = 0;
      let runs = 0;
      for (let seed = 1; runs < 1_000; seed += 1) {
        const processor = new SimulatedProcessor('p', seed * 7_919);
        processor.run(200, { error, decline: 0.2 }, START, { spanMs: 200_000 });
        // Until 200 attempts the thresholds are absolute, and five errors in a row open at any baseline: those runs are told already.
        if (processor.trips > 0) continue;
        runs += 1;
        for (let attempt = 1; attempt <= within && processor.state.outbox.length === 0; attempt += 1) {
          processor.run(1, { error: 0.9, decline: 0.2 }, START + attempt * 100, { spanMs: 1 });
        }
        if (processor.state.outbox.length > 0) inTime += 1;
      }
      expect(inTime).toBeGreaterThanOrEqual(990);
    },
  );
});
