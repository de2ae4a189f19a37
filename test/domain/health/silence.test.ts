import { describe, expect, test } from 'vitest';
import {
  createSilence,
  evaluateSilence,
  forgetProcessor,
  noteDecisions,
  noteRow,
  type SilenceState,
} from '../../../src/domain/health/silence.ts';
import { asProcessorId, type ProcessorId } from '../../../src/domain/identity.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import type { SegmentRow } from '../../../src/domain/health/status-row.ts';

const T0 = 1_760_000_000_000;
const A = asProcessorId('processor_a');
const B = asProcessorId('processor_b');
const PIX = segmentKey('PIX', 'BR');

function decide(
  state: SilenceState,
  count: number,
  fromMs: number,
  { toMs = fromMs, processorId = A }: { readonly toMs?: number; readonly processorId?: ProcessorId } = {},
): void {
  noteDecisions(state, [{ processorId, segment: PIX, count, firstAtMs: T0 + fromMs, lastAtMs: T0 + toMs }]);
}

function result(
  state: SilenceState,
  atMs: number | null,
  p99Ms = 2_000,
  { processorId = A, publishedAtMs = T0 + (atMs ?? 0) }: { processorId?: ProcessorId; publishedAtMs?: number } = {},
): void {
  const segment: SegmentRow = {
    segment: PIX,
    window: {
      status: 'HEALTHY',
      authorizationRate: 1,
      errorRate: 0,
      total: 1,
      approved: 1,
      declined: 0,
      error: 0,
      timeout: 0,
    },
    breaker: { state: 'CLOSED' },
    effectiveStatus: 'HEALTHY',
    belief: { mean: 0.9, sd: 0.1, weight: 10, baseline: 0.9 },
    latency: null,
    meanFeeMinor: null,
    lastResultAtMs: atMs === null ? null : T0 + atMs,
    resultDelayP99Ms: p99Ms,
    signals: [],
  };
  const lastResultAtMs = atMs === null ? null : T0 + atMs;
  noteRow(state, { processorId, lastResultAtMs, publishedAtMs, segments: [segment] });
}

const silentAt = (state: SilenceState, atMs: number): string[] =>
  evaluateSilence(state, T0 + atMs).silences.map(({ processorId }) => processorId);

describe('silence', () => {
  test('[SIL-1] a segment that hangs is silent though the processor answers in another', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 5, 100, { toMs: 900 });
    // A result elsewhere: the row's own time moves, the segment's does not.
    const pix = { segment: PIX, lastResultAtMs: T0, resultDelayP99Ms: 2_000 } as SegmentRow;
    noteRow(state, { processorId: A, lastResultAtMs: T0 + 5_000, publishedAtMs: T0 + 5_000, segments: [pix] });
    expect(silentAt(state, 12_500)).toEqual([A]);
  });

  test('[SIL-1] five decisions without a result are silent once the first is older than the p99 delay and 10 s', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 5, 100, { toMs: 900 });
    expect(silentAt(state, 12_100)).toEqual([]);
    expect(evaluateSilence(state, T0 + 12_101)).toEqual({
      silences: [{ processorId: A, segment: PIX, sinceMs: T0 + 12_100, untilMs: T0 + 72_100 }],
      sourceSilent: false,
    });
  });

  test('[SIL-1] four are never silent, and a fifth makes them so at once when they are old enough', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 4, 100);
    expect(silentAt(state, 3_600_000)).toEqual([]);
    decide(state, 1, 3_600_000);
    expect(silentAt(state, 3_600_001)).toEqual([A]);
  });

  test.each([
    [10, 11_101],
    [30_000, 40_101],
  ])('[SIL-1] a p99 delay of %d ms is waited for, 1 s at least', (p99Ms, firstSilentMs) => {
    const state = createSilence();
    result(state, 0, p99Ms);
    decide(state, 9, 100);
    expect([silentAt(state, firstSilentMs - 1), silentAt(state, firstSilentMs)]).toEqual([[], [A]]);
  });

  test('[SIL-1] where no delay is known yet nothing is overdue', () => {
    const state = createSilence();
    decide(state, 9, 0);
    expect(silentAt(state, 3_600_000)).toEqual([]);
  });

  test('[SIL-2] rest is not silence: no decisions, no silence, however long', () => {
    const state = createSilence();
    result(state, 0);
    expect(evaluateSilence(state, T0 + 86_400_000)).toEqual({ silences: [], sourceSilent: false });
    decide(state, 100, -5_000, { toMs: -1 });
    expect(silentAt(state, 86_400_000)).toEqual([]);
  });

  test('[SIL-2] steady traffic with results a delay behind is never silent', () => {
    const state = createSilence();
    for (let second = 0; second < 600; second += 1) {
      decide(state, 100, second * 1_000, { toMs: second * 1_000 + 999 });
      if (second >= 2) result(state, (second - 1) * 1_000 + 500);
      expect(silentAt(state, second * 1_000 + 1_500)).toEqual([]);
    }
  });

  test('[SIL-3] steady traffic whose results stop is shed within p99 and 10 s of the last of them, and a report', () => {
    const state = createSilence();
    let shedAt: number | null = null;
    for (let second = 0; second < 60 && shedAt === null; second += 1) {
      decide(state, 100, second * 1_000, { toMs: second * 1_000 + 999 });
      if (second <= 20) result(state, second * 1_000 + 900);
      if (silentAt(state, second * 1_000 + 1_000).length > 0) shedAt = second * 1_000 + 1_000;
    }
    expect(shedAt).toBe(33_000);
  });

  test('[SIL-4] a result lifts it at once, and 60 s without one let the processor be tried anew', () => {
    const lifted = createSilence();
    result(lifted, -1);
    decide(lifted, 9, 0);
    expect(silentAt(lifted, 50_000)).toEqual([A]);
    result(lifted, 50_500);
    expect(silentAt(lifted, 50_501)).toEqual([]);

    const retried = createSilence();
    result(retried, -1);
    decide(retried, 9, 0);
    expect([silentAt(retried, 71_999), silentAt(retried, 72_000)]).toEqual([[A], []]);
    decide(retried, 9, 73_000);
    expect([silentAt(retried, 85_000), silentAt(retried, 85_001)]).toEqual([[], [A]]);
  });

  test('[SIL-5] two processors silent and no result from anyone since: the source is dead and nobody is shed', () => {
    const state = createSilence();
    for (const id of [A, B]) {
      result(state, 0, 2_000, { processorId: id });
      decide(state, 9, 100, { processorId: id });
    }
    expect(evaluateSilence(state, T0 + 13_000)).toEqual({ silences: [], sourceSilent: true });
    expect(evaluateSilence(state, T0 + 80_000).sourceSilent).toBe(true);
    result(state, 81_000, 2_000, { processorId: B });
    expect(evaluateSilence(state, T0 + 81_001).sourceSilent).toBe(false);
  });

  test('[SIL-5] a result from a third since then proves the source alive, and the silent ones are shed', () => {
    const state = createSilence();
    for (const id of [A, B]) {
      result(state, 0, 2_000, { processorId: id });
      decide(state, 9, 100, { processorId: id });
    }
    result(state, 5_000, 2_000, { processorId: asProcessorId('processor_c') });
    const { silences, sourceSilent } = evaluateSilence(state, T0 + 13_000);
    expect([silences.length, sourceSilent]).toEqual([2, false]);
  });

  test('[SIL-5] the only processor with decisions is shed: the results of the next one will tell', () => {
    const state = createSilence();
    result(state, 0);
    result(state, 0, 2_000, { processorId: B });
    decide(state, 9, 100);
    expect(silentAt(state, 13_000)).toEqual([A]);
  });

  test('[SIL-5] a dead source nobody has decided under for 10 minutes is rest', () => {
    const state = createSilence();
    for (const id of [A, B]) {
      result(state, -1, 2_000, { processorId: id });
      decide(state, 9, 0, { processorId: id });
    }
    expect(evaluateSilence(state, T0 + 41_000).sourceSilent).toBe(true);
    expect(evaluateSilence(state, T0 + 600_000).sourceSilent).toBe(false);
  });

  test('[SIL-6] a result stamped ahead of the clock covers no later silence', () => {
    const state = createSilence();
    result(state, 300_000, 2_000, { publishedAtMs: T0 });
    decide(state, 9, 100);
    expect(silentAt(state, 40_101)).toEqual([A]);
  });

  test('[SIL-6] a report that reaches back before the last result counts only what came after', () => {
    const state = createSilence();
    result(state, 800);
    decide(state, 10, 0, { toMs: 1_000 });
    expect(silentAt(state, 3_600_000)).toEqual([]);
    decide(state, 3, 2_000);
    expect(silentAt(state, 15_000)).toEqual([A]);
  });

  test('[SIL-7] the state is JSON, bounded by processors and segments, and forgets a deleted processor, whatever its name', () => {
    const name = asProcessorId('__proto__');
    let state = createSilence();
    for (let index = 0; index < 1_000; index += 1) {
      decide(state, 1, index * 10, { toMs: index * 10 + 5, processorId: name });
      result(state, null, 3_000, { processorId: name });
      state = JSON.parse(JSON.stringify(state)) as SilenceState;
    }
    expect(Object.keys(state.outstanding)).toHaveLength(1);
    expect(silentAt(state, 20_000)).toEqual(['__proto__']);
    forgetProcessor(state, name);
    expect([state.outstanding, state.heard]).toEqual([{}, {}]);
  });
});
