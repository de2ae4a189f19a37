import { describe, expect, test } from 'vitest';
import {
  breakerScope,
  governingBreaker,
  opensProcessor,
  type ScopeEvidence,
} from '../../../src/domain/health/breaker-scope.ts';
import { effectiveStatus } from '../../../src/domain/health/effective-status.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';
import type { BreakerState } from '../../../src/domain/health/breaker.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';

const PIX = segmentKey('PIX', 'BR');
const CARD = segmentKey('CARD', 'BR');
const OXXO = segmentKey('OXXO', 'MX');
const CLOSED: BreakerView = { state: 'CLOSED' };
const HALF: BreakerView = { state: 'HALF_OPEN', since: 60, permitsOut: 0, permitsMax: 5, relapses: 0 };
const openView = (openedAt: number, reopensAt: number, relapses = 0): BreakerView => ({
  state: 'OPEN',
  openedAt,
  reopensAt,
  relapses,
});

describe('which breaker an attempt feeds', () => {
  const evidence: ScopeEvidence = {
    segment: PIX,
    attemptsInWindow: 50,
    segmentState: 'CLOSED',
    residualState: 'CLOSED',
    segmentWatched: false,
  };
  test.each<[string, Partial<ScopeEvidence>, typeof PIX]>([
    ['ten attempts earn a segment its own', { attemptsInWindow: 10 }, PIX],
    ['nine do not', { attemptsInWindow: 9 }, RESIDUAL],
    ['nor nine with a closed one of before', { attemptsInWindow: 9, segmentState: null }, RESIDUAL],
    [
      'an open segment keeps its attempts though its window empties',
      { attemptsInWindow: 1, segmentState: 'OPEN' },
      PIX,
    ],
    ['so does one whose detector or alert is on', { attemptsInWindow: 1, segmentWatched: true }, PIX],
    ['so does a half-open one', { attemptsInWindow: 1, segmentState: 'HALF_OPEN' }, PIX],
    ['even while the residual is being tried', { segmentState: 'HALF_OPEN', residualState: 'HALF_OPEN' }, PIX],
    ['a closed segment is a trial of an open residual', { residualState: 'OPEN' }, RESIDUAL],
    ['and of a half-open one', { residualState: 'HALF_OPEN' }, RESIDUAL],
  ])('[BRK-21] %s', (_name, given, scope) => {
    expect(breakerScope({ ...evidence, ...given })).toBe(scope);
  });
});

describe('the processor-wide breaker', () => {
  const shares = new Map([
    [PIX, 0.3],
    [OXXO, 0.2],
    [CARD, 0.5],
  ]);
  type State = BreakerState['state'];
  test.each<[string, [pix: State, oxxo: State, card: State], boolean]>([
    ['all closed: no', ['CLOSED', 'CLOSED', 'CLOSED'], false],
    ['one open segment: no, whatever its share', ['CLOSED', 'CLOSED', 'OPEN'], false],
    ['two with half of the traffic: yes', ['OPEN', 'OPEN', 'CLOSED'], true],
    ['half-open ones do not count', ['HALF_OPEN', 'OPEN', 'CLOSED'], false],
  ])('[BRK-22] %s', (_name, [pix, oxxo, card], expected) => {
    const states = new Map([
      [PIX, pix],
      [OXXO, oxxo],
      [CARD, card],
      [RESIDUAL, 'OPEN' as State],
    ]);
    expect(opensProcessor(states, shares)).toBe(expected);
  });

  test('[BRK-22] two open segments with less than half of the traffic do not open it', () => {
    const states = new Map<typeof PIX, State>([
      [PIX, 'OPEN'],
      [OXXO, 'OPEN'],
      [CARD, 'CLOSED'],
    ]);
    expect(opensProcessor(states, new Map([...shares, [PIX, 0.29]]))).toBe(false);
  });

  test('[BRK-23] the processor stops everything while OPEN; once it may be tried, a shut segment is tried under its own permits', () => {
    const wide = openView(1, 61);
    expect(governingBreaker(PIX, openView(1, 30), wide, 60)).toEqual({ view: wide, scope: RESIDUAL });
    expect(governingBreaker(CARD, CLOSED, wide, 60)).toEqual({ view: wide, scope: RESIDUAL });
    expect(governingBreaker(PIX, openView(1, 30), wide, 61)).toEqual({ view: openView(1, 30), scope: PIX });
    expect(governingBreaker(CARD, CLOSED, wide, 61)).toEqual({ view: wide, scope: RESIDUAL });
    expect(governingBreaker(PIX, HALF, HALF, 61)).toEqual({ view: HALF, scope: PIX });
  });
});

describe('effective status', () => {
  const statuses = ['HEALTHY', 'DEGRADED', 'DOWN'] as const;
  test('[BRK-24] OPEN is DOWN, HALF_OPEN is DEGRADED, a detector is DEGRADED at least, and else the table speaks', () => {
    for (const status of statuses) {
      for (const detectorOn of [true, false]) {
        expect(effectiveStatus(status, 'OPEN', detectorOn)).toBe('DOWN');
        expect(effectiveStatus(status, 'HALF_OPEN', detectorOn)).toBe('DEGRADED');
      }
      expect(effectiveStatus(status, 'CLOSED', true)).toBe(status === 'DOWN' ? 'DOWN' : 'DEGRADED');
      expect(effectiveStatus(status, 'CLOSED', false)).toBe(status);
    }
  });
});
