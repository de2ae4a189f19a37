import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CARD_BR, PIX_BR, addressOf, resultOf } from '../../harness/results.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import { DividedProcessor, SALT } from './divided-processor.ts';

const NOW = 1_770_000_000_000;

/** Attempts of all kinds, with repeats, contradictions, finals of unknowns and decisions that are claimed twice. */
const attempts = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 60 }),
    result: fc.constantFrom('approved', 'approved', 'declined', 'error', 'timeout', 'refunded'),
    segment: fc.constantFrom(PIX_BR, CARD_BR),
    attempt: fc.constantFrom(1, 1, 2),
    nonce: fc.option(fc.integer({ min: 0, max: 20 })),
    feeMinor: fc.option(fc.integer({ min: 0, max: 90 })),
    latencyMs: fc.option(fc.integer({ min: 1, max: 9_000 })),
    pauseMs: fc.integer({ min: 0, max: 3_000 }),
  }),
  { minLength: 1, maxLength: 120 },
);

const resultsOf = (list: readonly Given[]): CanonicalResult[] => {
  let eventTimeMs = NOW;
  return list.map(({ id, result, segment, attempt, nonce, feeMinor, latencyMs, pauseMs }) => {
    eventTimeMs += pauseMs;
    return resultOf('p', {
      transactionId: asTransactionId(`txn_${id}`),
      result,
      segment,
      attempt,
      feeMinor,
      latencyMs,
      eventTimeMs,
      decision:
        nonce === null
          ? null
          : {
              nonce: nonce.toString(16).padStart(16, '0'),
              decidedAtMs: eventTimeMs - 1_000,
              propensity: 0.5,
              arm: 0,
              offRecommendation: false,
              permit: nonce === 3,
            },
    });
  });
};
type Given = {
  readonly id: number;
  readonly result: CanonicalResult['result'];
  readonly segment: CanonicalResult['segment'];
  readonly attempt: number;
  readonly nonce: number | null;
  readonly feeMinor: number | null;
  readonly latencyMs: number | null;
  readonly pauseMs: number;
};

/** All that is stored of a processor but which shard told what. */
function stored(state: ProcessorState): unknown {
  const { heardOf: _heardOf, ...rest } = JSON.parse(state.checkpoint().text) as { readonly heardOf?: unknown };
  return rest;
}

describe('one result at a time', () => {
  test('[SHD-4] told of each commit in its order, the own object is bit for bit in the state that it would be in had it recorded them itself', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 2, max: 7 }), (list, count) => {
        const results = resultsOf(list);
        const whole = ProcessorState.create(addressOf('p'), SALT);
        const divided = new DividedProcessor();
        divided.divideInto(count, NOW);
        for (const result of results) {
          const at = result.eventTimeMs + 5;
          const { outcomes } = whole.apply({ kind: 'results', at, results: [result] });
          expect(divided.record([result], at)).toEqual(outcomes);
          divided.deliverAll(at);
        }
        expect(stored(divided.own)).toEqual(stored(whole));
        const { outbox } = whole;
        expect(divided.own.outbox).toEqual(outbox);
        expect(divided.own.row(NOW + 400_000)).toEqual(whole.row(NOW + 400_000));
      }),
      { numRuns: 120 },
    );
  });
});

/** What must not depend on which shard's commits arrive first. */
function orderFree(state: ProcessorState, at: number) {
  const { row, recent, timeline } = state.detail(at);
  const bySegment = <Of extends { readonly segment: string }>(list: readonly Of[]): Of[] =>
    list.toSorted((left, right) => (left.segment < right.segment ? -1 : 1));
  return {
    counters: { ...row.counters, trips: 0 },
    window: row.window,
    latency: row.latency && { ...row.latency, meanMs: Math.round(row.latency.meanMs) },
    segments: bySegment(row.segments).map(({ segment, window, resultDelayP99Ms }) => ({
      segment,
      window,
      resultDelayP99Ms,
    })),
    recent: recent.map(({ timeMs, segment, result }) => `${timeMs} ${segment} ${result}`).toSorted(),
    timeline,
  };
}

describe('however it is cut', () => {
  const handling = fc.array(
    fc.record({
      shard: fc.integer({ min: 1, max: 7 }),
      resultsMax: fc.integer({ min: 1, max: 40 }),
      acknowledge: fc.boolean(),
      isKilled: fc.boolean(),
    }),
    { maxLength: 60 },
  );

  test('[SHD-5] flights that are cut anywhere, lost, sent twice and sent again after a kill count every result once', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 2, max: 7 }), handling, (list, count, flights) => {
        const results = resultsOf(list).filter(({ result }) => result !== 'refunded');
        const whole = ProcessorState.create(addressOf('p'), SALT);
        const divided = new DividedProcessor();
        divided.divideInto(count, NOW);
        let next = 0;
        for (let start = 0; start < results.length; start += 5) {
          const batch = results.slice(start, start + 5);
          const at = batch.at(-1)!.eventTimeMs + 5;
          divided.record(batch, at);
          whole.apply({ kind: 'results', at, results: batch });
          const flight = flights[next++];
          if (flight === undefined || flight.shard > count) continue;
          divided.deliver(flight.shard, at, flight);
          if (flight.isKilled) divided.restart(flight.shard);
        }
        const end = results.at(-1)?.eventTimeMs ?? NOW;
        divided.deliverAll(end);
        divided.deliverAll(end);
        expect(orderFree(divided.own, end)).toEqual(orderFree(whole, end));
      }),
      { numRuns: 120 },
    );
  });

  test('[SHD-5] whatever the clocks of shards say, the own object does not go back in time, nor ahead of its own', () => {
    const own = ProcessorState.create(addressOf('p'), SALT);
    const failing = (segment: CanonicalResult['segment']) =>
      Array.from({ length: 12 }, () => ({ result: resultOf('p', { eventTimeMs: NOW, segment, result: 'error' }) }));
    const hear = (shard: number, at: number, segment: CanonicalResult['segment']) =>
      own.apply({ kind: 'delta', at: NOW, shard, deltas: [{ sequence: 1, at, heard: failing(segment) }] });
    hear(1, NOW + 3_600_000, PIX_BR);
    hear(2, NOW - 60_000, CARD_BR);
    expect(own.lastResultAtMs).toBe(NOW);
    const opened = own.row(NOW).segments.map(({ breaker }) => (breaker.state === 'OPEN' ? breaker.openedAt : null));
    expect(opened.filter((at) => at !== null)).toEqual(opened.filter((at) => at !== null).map(() => NOW));
    expect(opened).toContain(NOW);
  });

  test('[SHD-5] a shard that was acknowledged forgets what it told, and nothing else', () => {
    const divided = new DividedProcessor();
    divided.divideInto(2, NOW);
    const results = Array.from({ length: 40 }, (_, index) => resultOf('p', { eventTimeMs: NOW + index }));
    divided.record(results.slice(0, 20), NOW + 20);
    divided.record(results.slice(20), NOW + 40);
    const shard = divided.shards.get(1)!;
    expect(shard.waiting.map(({ sequence }) => sequence)).toEqual([1, 2]);
    divided.deliver(1, NOW + 40, { resultsMax: 1 });
    expect(shard.waiting.map(({ sequence }) => sequence)).toEqual([2]);
  });
});
