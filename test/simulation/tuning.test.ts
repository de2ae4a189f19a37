// A merchant that goes by the settings it is told, and a processor whose true latencies are known: what tuning makes of it in days.
import { describe, expect, test } from 'vitest';
import { type ArmTally, EMPTY_TALLY } from '../../src/domain/tuning/optimization.ts';
import { createCaller } from '../harness/http-caller.ts';
import { evidenceOf } from '../domain/tuning/measured-processor.ts';
import { NO_EVIDENCE } from '../../src/domain/tuning/processor-evidence.ts';
import { publishedOf } from '../../src/domain/tuning/tuning-shelf.ts';
import { seeded } from '../harness/seeded.ts';
import { settingsFor } from '../../src/domain/tuning/tuned-settings.ts';
import { tuneSettings } from '../../src/flows/tune-settings.ts';

const HOUR_MS = 3_600_000;
const ROUND_MS = 2 * HOUR_MS;
const PAYMENTS_A_ROUND = 10_000;

interface Payment {
  readonly atMs: number;
  readonly isOn: boolean;
  readonly waitedMs: number;
  readonly isAnswered: boolean;
}

function tallyOf(payments: readonly Payment[]): ArmTally {
  const score = payments.filter(({ isAnswered }) => isAnswered).length;
  const sum = (of: (payment: Payment) => number): number => payments.reduce((total, one) => total + of(one), 0);
  const [cost, costSquares] = [sum(({ waitedMs }) => waitedMs), sum(({ waitedMs }) => waitedMs ** 2)];
  return {
    ...EMPTY_TALLY,
    units: payments.length,
    score,
    scoreSquares: score,
    costs: payments.length,
    cost,
    costSquares,
  };
}

function measured(payments: readonly Payment[]) {
  const waits = payments
    .filter(({ isAnswered }) => isAnswered)
    .map(({ waitedMs }) => waitedMs)
    .toSorted((a, b) => a - b);
  const at = (share: number): number | null => waits[Math.floor(share * (waits.length - 1))] ?? null;
  const timeouts = payments.length - waits.length;
  return evidenceOf({
    attempts: payments.length,
    failures: timeouts,
    timeouts,
    measured: waits.length,
    latencyP50Ms: at(0.5),
    latencyP99Ms: at(0.99),
    latencyP995Ms: at(0.995),
  });
}

/** `draw`: how long an answer takes, of one uniform and one normal number; `Infinity`: it never comes. */
async function live(days: number, draw: (uniform: number, normal: number) => number) {
  const caller = await createCaller();
  const random = seeded(11);
  const payments: Payment[] = [];
  const startMs = caller.set.now;
  const indexAt = (ms: number): number => Math.max(0, Math.ceil(((ms - startMs) * PAYMENTS_A_ROUND) / ROUND_MS));
  const within = (fromMs: number, toMs: number) => payments.slice(indexAt(fromMs), indexAt(toMs));
  caller.set.tuning.past = {
    evidence: ([ask], now) => {
      const evidence =
        ask?.processorId === 'processor_a'
          ? measured(within(Math.max(ask.sinceMs, now - 24 * HOUR_MS), now).slice(-20_000))
          : NO_EVIDENCE;
      return Promise.resolve({ ok: true, value: new Map([['processor_a', evidence]]) });
    },
    tally: ({ fromMs, toMs }) => {
      const counted = within(fromMs, toMs);
      const [trial, heldOut] = [true, false].map((isOn) => tallyOf(counted.filter((one) => one.isOn === isOn))) as [
        ArmTally,
        ArmTally,
      ];
      return Promise.resolve({ ok: true, value: { trial, heldOut } });
    },
  };
  const processor = caller.set.configuration.processors.find(({ id }) => id === 'processor_a')!;
  for (let round = 0; round < (days * 24 * HOUR_MS) / ROUND_MS; round += 1) {
    const signal = new AbortController().signal;
    await tuneSettings(
      caller.world,
      { isOn: true, intervalMs: 60_000, isConservative: false },
      { signal, count: () => undefined },
    );
    const published = publishedOf(caller.set.tuning.shelf).find(({ processorId }) => processorId === processor.id);
    for (let index = 0; index < PAYMENTS_A_ROUND; index += 1) {
      const atMs = caller.set.now + Math.floor((index * ROUND_MS) / PAYMENTS_A_ROUND);
      const nonce = BigInt(Math.floor(random() * 2 ** 32));
      const { timeoutMs, trial } = settingsFor(processor, published, { nonce, now: atMs });
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const answerMs = draw(random(), normal);
      payments.push({
        atMs,
        isOn: trial?.isOn ?? false,
        waitedMs: Math.min(answerMs, timeoutMs),
        isAnswered: answerMs <= timeoutMs,
      });
    }
    caller.set.now += ROUND_MS;
  }
  const of = (part: readonly Payment[]) => {
    const { units, score, cost } = tallyOf(part);
    return { answered: score / units, waitMs: cost / units };
  };
  return {
    states: caller.set.tuning.shelf.optimizations
      .map(({ setting, to, standing }) => `${setting} ${to} ${standing.state}`)
      .toReversed(),
    first: of(payments.slice(0, PAYMENTS_A_ROUND)),
    last: of(payments.slice(-PAYMENTS_A_ROUND)),
  };
}

describe('[TUN-10] in days', () => {
  test('a timeout far too long comes down to what the processor needs, and nothing is lost by it', async () => {
    const { states, first, last } = await live(3, (uniform, normal) =>
      uniform < 0.01 ? Infinity : 400 * Math.exp(0.6 * normal),
    );
    expect(states.slice(0, 3)).toEqual(['timeout_ms 22500 kept', 'timeout_ms 16875 kept', 'timeout_ms 12656 kept']);
    expect(states.some((state) => state.endsWith('reverted'))).toBe(false);
    expect(last.waitMs).toBeLessThan(0.8 * first.waitMs);
    expect(Math.abs(last.answered - first.answered)).toBeLessThan(0.004);
  });

  test('a timeout that some payments need is taken back', async () => {
    const slow = (uniform: number, normal: number): number =>
      uniform < 0.004 ? 24_000 + 1_000 * uniform : 400 * Math.exp(0.6 * normal);
    const { states, first, last } = await live(2, slow);
    expect(states).toEqual(['timeout_ms 22500 reverted']);
    expect(last.answered).toBe(1);
    expect(last.waitMs / first.waitMs).toBeGreaterThan(0.9);
  });
});
