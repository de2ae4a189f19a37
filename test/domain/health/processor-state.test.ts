import { baselineOf, createDetector, observe, signalOf } from '../../../src/domain/health/detector.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../../harness/results.ts';
import { ProcessorState, type ProcessorCommand } from '../../../src/domain/health/processor-state.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';

const SALT = '0123456789abcdef';
const NOW = 1_770_000_000_000;

/** What must not depend on the order of arrival: window, counts, minutes. */
function orderFree(state: ProcessorState) {
  const { row, recent, timeline } = state.detail(NOW);
  const { duplicate: _duplicate, ...counters } = row.counters;
  return {
    counters: { ...counters, trips: 0 },
    window: row.window,
    segments: row.segments
      .map(({ segment, window }) => ({ segment, window }))
      .sort((left, right) => (left.segment < right.segment ? -1 : 1)),
    recent: recent.map(({ timeMs, segment, result }) => `${timeMs} ${segment} ${result}`).sort(),
    timeline,
  };
}

const events = fc
  .array(
    fc.record({
      result: fc.constantFrom('approved' as const, 'declined' as const, 'error' as const),
      wasUnknown: fc.boolean(),
      ageMs: fc.integer({ min: 1_000, max: 700_000 }),
      segment: fc.constantFrom(PIX_BR, CARD_BR),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((attempts) =>
    attempts.flatMap(({ result, wasUnknown, ageMs, segment }, index): CanonicalResult[] => {
      const transactionId = asTransactionId(`txn_${index}`);
      const final = resultOf('p', { transactionId, eventTimeMs: NOW - ageMs, result, segment });
      return wasUnknown
        ? [{ ...final, result: 'timeout', fault: 'processor', eventTimeMs: final.eventTimeMs - 500 }, final]
        : [final];
    }),
  );

describe('order', () => {
  test('[REC-8] ledger, window and counts are the same whatever order and however often results arrive', () => {
    const shuffled = events.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list.slice(0, 10)], { minLength: list.length + Math.min(10, list.length) }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 20 }), ([list, arrivals], batch) => {
        const inOrder = ProcessorState.create(addressOf('p'), SALT);
        inOrder.apply({ kind: 'results', at: NOW, results: list });
        const disordered = ProcessorState.create(addressOf('p'), SALT);
        for (let start = 0; start < arrivals.length; start += batch) {
          disordered.apply({ kind: 'results', at: NOW, results: arrivals.slice(start, start + batch) });
        }
        expect(orderFree(disordered)).toEqual(orderFree(inOrder));
      }),
      { numRuns: 150 },
    );
  });

  test('[REC-9] a checkpoint and the commands after it give the very state that never stopped', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 10 }), (list, cut) => {
        const commands: ProcessorCommand[] = [];
        for (let start = 0; start < list.length; start += 7) {
          commands.push({ kind: 'results', at: NOW - 700_000 + start * 1_000, results: list.slice(start, start + 7) });
        }
        const whole = ProcessorState.create(addressOf('p'), SALT);
        const first = ProcessorState.create(addressOf('p'), SALT);
        for (const command of commands) whole.apply(command);
        for (const command of commands.slice(0, cut)) first.apply(command);
        const unsettled = first.ledger.unsettledRecords();
        const saved = first.checkpoint();
        const second = ProcessorState.restore(saved.text, saved.changedPages, unsettled);
        for (const command of commands.slice(cut)) second.apply(command);
        expect(second.row(NOW)).toEqual(whole.row(NOW));
        expect(second.checkpoint().text).toEqual(whole.checkpoint().text);
      }),
      { numRuns: 60 },
    );
  });
});

describe('which breaker', () => {
  const outcome = (state: ProcessorState) => {
    const row = state.row(NOW);
    const breakers = Object.fromEntries(row.segments.map(({ segment, breaker }) => [segment, breaker.state]));
    return { processor: row.breaker.state, ...breakers };
  };
  const mixed = (from: number, count: number, pix: CanonicalResult['result']): CanonicalResult[] =>
    Array.from({ length: count }, (_, index) =>
      resultOf('p', {
        eventTimeMs: NOW - 60_000 + (from + index) * 100,
        segment: index % 10 === 9 ? CARD_BR : PIX_BR,
        result: index % 10 === 9 ? 'approved' : pix,
      }),
    );

  test('[BRK-25] with PIX as 90% of the traffic and failing, CARD stays CLOSED, after normal traffic and from the first payment', () => {
    const seasoned = ProcessorState.create(addressOf('p'), SALT);
    seasoned.apply({ kind: 'results', at: NOW, results: mixed(0, 300, 'approved') });
    seasoned.apply({ kind: 'results', at: NOW, results: mixed(300, 100, 'error') });
    expect(outcome(seasoned)).toEqual({ processor: 'CLOSED', [PIX_BR]: 'OPEN', [CARD_BR]: 'CLOSED' });
    expect(seasoned.row(NOW + 700_000)).toMatchObject({ window: { total: 0 }, effectiveStatus: 'DEGRADED' });
    const fresh = ProcessorState.create(addressOf('p'), SALT);
    fresh.apply({ kind: 'results', at: NOW, results: mixed(0, 100, 'error') });
    expect(outcome(fresh)).toEqual({ processor: 'CLOSED', [PIX_BR]: 'OPEN', [CARD_BR]: 'CLOSED' });
  });

  test("[BRK-16] when two open segments open the processor, the permits of all its other segments are the processor's five", () => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    const boleto = segmentKey('BOLETO', 'BR');
    const at = (index: number, segment: typeof PIX_BR, result: CanonicalResult['result']) =>
      resultOf('p', { eventTimeMs: NOW - 60_000 + index * 10, segment, result });
    const normal = Array.from({ length: 60 }, (_, index) =>
      at(index, [PIX_BR, CARD_BR, boleto][index % 3]!, 'approved'),
    );
    state.apply({ kind: 'results', at: NOW, results: normal });
    const failing = Array.from({ length: 60 }, (_, index) =>
      at(100 + index, index % 2 === 0 ? PIX_BR : CARD_BR, 'error'),
    );
    state.apply({ kind: 'results', at: NOW, results: failing });
    expect(state.row(NOW).breaker.state).toBe('OPEN');
    const granted = Array.from(
      { length: 64 },
      (_, index) =>
        state.apply({ kind: 'permit', at: NOW + 61_000, scope: RESIDUAL, nonce: index.toString(16).padStart(16, '0') })
          .granted,
    );
    expect(granted.filter(Boolean)).toHaveLength(5);
  });

  test('[BRK-26] failures of several small segments open the processor as a whole', () => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    const results = Array.from({ length: 8 }, (_, index) =>
      resultOf('p', { eventTimeMs: NOW - 1_000 + index, result: 'error', segment: index % 2 === 0 ? PIX_BR : CARD_BR }),
    );
    state.apply({ kind: 'results', at: NOW, results });
    expect(state.row(NOW).breaker.state).toBe('OPEN');
    expect(state.scopes.get(RESIDUAL)?.breaker.state).toBe('OPEN');
  });
});

test('[REC-10] a settlement takes back what the unknown taught, whatever came between', () => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const timeouts = Array.from({ length: 20 }, (_, index) =>
    resultOf('p', { eventTimeMs: NOW - 30_000 + index, result: 'timeout' }),
  );
  state.apply({ kind: 'results', at: NOW - 20_000, results: timeouts });
  const learned = () => state.row(NOW).segments[0]!.belief.mean;
  const doubted = learned();
  state.apply({
    kind: 'results',
    at: NOW,
    results: timeouts.map((timeout) => ({ ...timeout, result: 'approved', fault: 'none' }) as CanonicalResult),
  });
  expect(state.row(NOW).window).toMatchObject({ total: 20, approved: 20, timeout: 0 });
  expect(state.row(NOW).counters).toMatchObject({ approved: 20, timeout: 0 });
  expect(learned()).toBeGreaterThan(doubted + 0.3);
});

test('[REC-14] a result that had a chance of one in a thousand fades old news far more than one that was certain', () => {
  const meanAfter = (propensity: number): number => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    const at = (ms: number, result: CanonicalResult['result'], given: Partial<CanonicalResult> = {}) =>
      resultOf('p', { eventTimeMs: NOW - 100_000 + ms, result, ...given });
    state.apply({
      kind: 'results',
      at: NOW,
      results: Array.from({ length: 2_000 }, (_, index) => at(index, 'approved')),
    });
    state.apply({
      kind: 'results',
      at: NOW,
      results: Array.from({ length: 60 }, (_, index) => at(3_000 + index, 'declined')),
    });
    const decision = {
      nonce: '00000000000000aa',
      decidedAtMs: NOW - 95_000,
      propensity,
      arm: 0,
      offRecommendation: false,
      permit: false,
    };
    state.apply({ kind: 'results', at: NOW, results: [at(5_000, 'approved', { decision })] });
    return state.row(NOW).segments[0]!.belief.mean;
  };
  expect(meanAfter(0.001)).toBeGreaterThan(meanAfter(1) + 0.05);
});

test('[REC-10] a final that names another segment than its unknown is believed, and leaves nothing behind', () => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const timeouts = Array.from({ length: 12 }, (_, index) =>
    resultOf('p', { eventTimeMs: NOW - 30_000 + index, result: 'timeout' }),
  );
  state.apply({ kind: 'results', at: NOW - 20_000, results: timeouts });
  const finals = timeouts.map(
    (timeout): CanonicalResult => ({ ...timeout, result: 'approved', fault: 'none', segment: CARD_BR }),
  );
  state.apply({ kind: 'results', at: NOW, results: finals });
  const row = state.row(NOW);
  expect(row.window).toMatchObject({ total: 12, approved: 12 });
  const segment = (key: string) => row.segments.find((candidate) => candidate.segment === key)!;
  expect(segment(PIX_BR).window.total).toBe(0);
  expect(segment(PIX_BR).belief.mean).toBeGreaterThan(0.5);
  expect(segment(PIX_BR).belief.mean).toBeLessThan(0.85);
  expect(segment(CARD_BR).belief.mean).toBeGreaterThan(0.85);
});

test('[ALT-16] an alert tells of the moment it was raised, not of what the rest of the batch brought', () => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const results = Array.from({ length: 110 }, (_, index) =>
    resultOf('p', { eventTimeMs: NOW - 200 + index, result: index < 60 ? 'error' : 'approved' }),
  );
  state.apply({ kind: 'results', at: NOW, results });
  const [signal] = state.outbox;
  expect(signal).toMatchObject({ state: 'on', kind: 'breaker', fromStatus: 'HEALTHY', toStatus: 'DOWN' });
  expect(signal!.evidence).toMatchObject({ errors_in_window: 5, approved_in_window: 0, recent_rate: 1 });
});

test('[REC-16] segments that are no longer used make room, and leave nothing in the state', () => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  for (let index = 0; index < 1_000; index += 1) {
    state.apply({
      kind: 'results',
      at: NOW + index,
      results: [resultOf('p', { eventTimeMs: NOW + index, segment: segmentKey(`M${index}`, 'BR') })],
    });
  }
  expect(state.segments.size).toBe(256);
  expect(Object.keys(state.mix)).toHaveLength(256);
});

test(
  '[REC-17] a processor with 256 busy segments still takes 200 commits a second and starts within a second',
  { retry: 2 },
  () => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    const keys = Array.from({ length: 256 }, (_, index) => segmentKey(`M${index}`, 'BR'));
    for (let round = 0; round < 50; round += 1) {
      state.apply({
        kind: 'results',
        at: NOW + round,
        results: keys.map((segment) =>
          resultOf('p', { eventTimeMs: NOW + round, segment, latencyMs: 50 + round * 20 }),
        ),
      });
    }
    const startedAt = process.cpuUsage();
    for (let commit = 0; commit < 256; commit += 1) {
      const results = Array.from({ length: 5 }, (_, index) =>
        resultOf('p', { eventTimeMs: NOW + 100 + commit, segment: keys[(commit * 5 + index) % 256]! }),
      );
      state.apply({ kind: 'results', at: NOW + 100 + commit, results });
    }
    // Of the processor's time, whoever else is on it. A commit that looks at every segment takes 25 ms each, 6.5 s in all.
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(2_600);
  },
);

test('[REC-11] state of format 1 is read and counts on', () => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  state.apply({ kind: 'results', at: NOW, results: [resultOf('p', { eventTimeMs: NOW })] });
  const saved = state.checkpoint();
  const { mix: _mix, ...older } = { ...JSON.parse(saved.text), format: 1 };
  // As formats 1 and 2 kept it.
  const sketch = { sumMs: 0, bins: [] };
  for (const [, segment] of older.segments) {
    segment.delay = { format: 1, generation: 5, current: sketch, previous: sketch };
    for (const name of ['learner', 'retryLearner'])
      segment[name] = { prior: { mean: 0.8, weight: 8 }, baseline: { approved: 90, weight: 100 }, clock: 100 };
  }
  const upgraded = ProcessorState.restore(JSON.stringify(older), saved.changedPages, []);
  upgraded.apply({ kind: 'results', at: NOW + 1, results: [resultOf('p', { eventTimeMs: NOW + 1 })] });
  expect(upgraded.row(NOW + 1).window.total).toBe(2);
  expect(upgraded.row(NOW + 1).segments[0]!.belief.mean).toBeCloseTo(0.9, 1);
  expect(JSON.parse(upgraded.checkpoint().text).format).toBe(4);
  expect(() => ProcessorState.restore(JSON.stringify({ ...older, format: 99 }), [], [])).toThrow('format 99');
});

test.each([1, 2, 3])('[REC-11] detectors of format %i keep their baseline and their alarm', (format) => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const saved = state.checkpoint();
  const older = { ...JSON.parse(saved.text), format };
  const on = { sinceMs: NOW, baseline: 0.01, attempts: 40, recentHits: 30, recentAttempts: 40, quiet: 0 };
  const lists = { evidence: [1, 2], score: [0, 1], runAttempts: [3, 4], runHits: [1, 1] };
  const former = {
    attempts: 1_000,
    baseline: { hits: 10, attempts: 1_000 },
    nearLevel: -9,
    farLevel: -9,
    refreshIn: 5,
  };
  for (const [, scope] of older.scopes) {
    scope.technical = { kind: 'technical', ...former, ...lists, on };
    scope.approval = { kind: 'approval', ...former, ...lists, on: null };
  }
  const upgraded = ProcessorState.restore(JSON.stringify(older), saved.changedPages, []);
  const scopes = [...upgraded.scopes.values()];
  expect(scopes.length).toBeGreaterThan(0);
  for (const { technical, approval } of scopes) {
    expect(signalOf(technical)).toMatchObject({ sinceMs: NOW, baseline: 0.01, recent: 0.75 });
    expect(signalOf(approval)).toBeNull();
    expect(baselineOf(approval)).toEqual({ rate: 0.99, attempts: 1_000 });
    expect(approval.evidence).toEqual(createDetector('approval').evidence);
    for (let i = 0; i < 12; i++) observe(approval, true, NOW + i);
    expect(signalOf(approval)).not.toBeNull();
  }
});

test.each([
  { attempt: 1, raised: ['approval'] },
  { attempt: 2, raised: [] },
])('[DET-19] three hundred declines at attempt $attempt raise $raised', ({ attempt, raised }) => {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const record = (from: number, given: (index: number) => Partial<CanonicalResult>): void => {
    const results = Array.from({ length: 300 }, (_, index) =>
      resultOf('p', { eventTimeMs: NOW + from + index, ...given(index) }),
    );
    state.apply({ kind: 'results', at: NOW + from + 300, results });
  };
  record(0, (index) => ({ result: index % 10 === 0 ? 'declined' : 'approved' }));
  record(300, () => ({ result: 'declined', attempt }));
  const [segment] = state.publishRow(NOW + 600).segments;
  expect(segment!.signals.map(({ kind }) => kind)).toEqual(raised);
});
