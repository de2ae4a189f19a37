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
import { seeded } from '../../harness/seeded.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import type { SegmentRow } from '../../../src/domain/health/status-row.ts';

const T0 = 1_760_000_000_000;
const A = asProcessorId('processor_a');
const B = asProcessorId('processor_b');
const PIX = segmentKey('PIX', 'BR');
const NO_COUNTS = { approved: 0, declined: 0, error: 0, timeout: 0, duplicate: 0, refused: 0, trips: 0 };

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
  {
    processorId = A,
    publishedAtMs = T0 + (atMs ?? 0),
    decidedMs = null,
    kind = 'approved',
  }: {
    readonly processorId?: ProcessorId;
    readonly publishedAtMs?: number;
    readonly decidedMs?: number | null;
    readonly kind?: 'approved' | 'timeout';
  } = {},
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
    ...(decidedMs !== null && { newestDecidedAtMs: T0 + decidedMs }),
    resultDelayP99Ms: p99Ms,
    signals: [],
  };
  const lastResultAtMs = atMs === null ? null : T0 + atMs;
  const known = state.heard[`processor ${processorId}`]?.answers ?? 0;
  const counters = { ...NO_COUNTS, approved: known + (kind === 'approved' ? 1 : 0) };
  noteRow(state, { processorId, lastResultAtMs, publishedAtMs, segments: [segment], counters });
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
    const atMs = T0 + 5_000;
    noteRow(state, {
      processorId: A,
      lastResultAtMs: atMs,
      publishedAtMs: atMs,
      segments: [pix],
      counters: { ...NO_COUNTS, approved: 9 },
    });
    expect(silentAt(state, 12_500)).toEqual([A]);
  });

  test('[SIL-1] five decisions without a result are silent once the first is older than the p99 delay and 10 s', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 5, 100, { toMs: 900 });
    expect(silentAt(state, 12_100)).toEqual([]);
    expect(evaluateSilence(state, T0 + 12_101)).toEqual({
      silences: [{ processorId: A, segment: PIX, sinceMs: T0 + 12_100, untilMs: T0 + 72_101, trialEveryMs: 30_000 }],
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

  test('[SIL-4] a result lifts it at once', () => {
    const state = createSilence();
    result(state, -1);
    decide(state, 9, 0);
    expect(silentAt(state, 50_000)).toEqual([A]);
    result(state, 50_500);
    expect(silentAt(state, 50_501)).toEqual([]);
  });

  test('[SIL-4] without a result it lasts, and is tried every 30 s at first, every 5 min at last', () => {
    const state = createSilence();
    result(state, -1);
    decide(state, 9, 0);
    const since = 12_000;
    const trialEveryMs = (ageMs: number): number[] => {
      decide(state, 1, since + ageMs - 1);
      return evaluateSilence(state, T0 + since + ageMs).silences.map((silence) => silence.trialEveryMs);
    };
    expect([1, 480_000, 960_000, 4_800_000, 86_400_000].map(trialEveryMs)).toEqual(
      [30_000, 30_000, 60_000, 300_000, 300_000].map((each) => [each]),
    );
  });

  test('[SIL-4] a silence that no payment has tried for two hours is rest', () => {
    const state = createSilence();
    result(state, -1);
    decide(state, 9, 0);
    expect([silentAt(state, 7_199_999), silentAt(state, 7_200_000)]).toEqual([[A], []]);
    decide(state, 1, 7_300_000);
    expect(silentAt(state, 7_400_000)).toEqual([]);
  });

  test('[SIL-4] the answered trial ends it: what was decided before it is settled', () => {
    const state = createSilence();
    result(state, -1);
    decide(state, 900, 0, { toMs: 20_000 });
    decide(state, 1, 60_000);
    expect(silentAt(state, 60_500)).toEqual([A]);
    result(state, 61_000, 2_000, { decidedMs: 60_000 });
    expect(silentAt(state, 86_400_000)).toEqual([]);
  });

  test('[SIL-8] a straggler of the time before is no answer', () => {
    const state = createSilence();
    result(state, 0, 2_000, { decidedMs: -1_000 });
    decide(state, 900, 0, { toMs: 20_000 });
    expect(silentAt(state, 20_001)).toEqual([A]);
    result(state, 21_000, 2_000, { decidedMs: -500 });
    expect(silentAt(state, 21_001)).toEqual([A]);
  });

  test('[SIL-8] a timeout of a trial is no answer, an approval is', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 9, 100);
    decide(state, 1, 60_000);
    result(state, 90_000, 2_000, { decidedMs: 60_000, kind: 'timeout' });
    expect(silentAt(state, 90_001)).toEqual([A]);
    result(state, 91_000, 2_000, { decidedMs: 60_000 });
    expect(silentAt(state, 91_001)).toEqual([]);
  });

  test('[SIL-8] before there is a silence a timeout is a result like any other', () => {
    const state = createSilence();
    result(state, 0);
    decide(state, 9, 100);
    result(state, 5_000, 2_000, { kind: 'timeout' });
    expect(silentAt(state, 86_400_000)).toEqual([]);
  });

  test('[SIL-9] ten decisions a second answered within 3 s are silent in 20 s, though some results take an hour', () => {
    const silentAfterMs = (answers: number): number => {
      const state = createSilence();
      let second = 0;
      for (; second < answers; second += 1) {
        decide(state, 10, second * 1_000, { toMs: second * 1_000 + 900 });
        result(state, second * 1_000 + 950, 3_600_000, { decidedMs: (second - 2) * 1_000 });
        expect(silentAt(state, second * 1_000 + 960)).toEqual([]);
      }
      const stoppedAt = second;
      for (; second < stoppedAt + 7_200; second += 1) {
        decide(state, 10, second * 1_000, { toMs: second * 1_000 + 900 });
        if (silentAt(state, second * 1_000 + 960).length > 0) return (second - stoppedAt) * 1_000;
      }
      return Infinity;
    };
    expect(silentAfterMs(300)).toBeLessThanOrEqual(20_000);
    expect(silentAfterMs(60)).toBeGreaterThanOrEqual(3_600_000);
  });

  test.each([
    ['many, and then hardly any', 10, 0.02],
    ['few, and then many', 0.05, 20],
    ['few', 0.2, 0.2],
  ])('[SIL-9] payments that are %s are never silent, though some answers take ten minutes', (_, before, after) => {
    const random = seeded(7);
    const state = createSilence();
    const due: { readonly decidedMs: number; readonly atMs: number }[] = [];
    let newestMs = -Infinity;
    for (let second = 0; second < 6_000; second += 1) {
      const fromMs = second * 1_000;
      const count = [...Array(40)].filter(() => random() < (second < 3_000 ? before : after) / 40).length;
      for (let index = 0; index < count; index += 1) {
        const decidedMs = fromMs + (1_000 * index) / count;
        // Log-normal by a sum of uniforms: half within a minute, one in a hundred over ten.
        const normal = [...Array(12)].reduce<number>((sum) => sum + random(), -6);
        due.push({ decidedMs, atMs: decidedMs + 60_000 * Math.exp(0.99 * normal) });
      }
      if (count > 0) decide(state, count, fromMs, { toMs: fromMs + 999 });
      const come = due.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1_000);
      newestMs = Math.max(newestMs, ...come.map(({ decidedMs }) => decidedMs));
      if (come.length > 0) result(state, fromMs + 999, 600_000, { decidedMs: newestMs });
      expect(silentAt(state, fromMs + 1_000)).toEqual([]);
    }
  });

  test('[SIL-9] results that come in a batch every five minutes are waited for', () => {
    const state = createSilence();
    for (let second = 0; second < 200 * 300; second += 10) {
      decide(state, 10, second * 1_000, { toMs: second * 1_000 + 9_000 });
      if (second % 300 === 290) result(state, second * 1_000 + 9_500, 300_000);
      expect(silentAt(state, second * 1_000 + 9_600)).toEqual([]);
    }
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
