import { describe, expect, test } from 'vitest';
import {
  afterStep,
  EMPTY_READER,
  stateOf,
  stepWithout,
  stopped,
  type TakenStep,
} from '../../src/flows/keep-reading.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

const step = (counts: Partial<TakenStep['counts']> = {}, more: Partial<TakenStep> = {}): TakenStep => ({
  end: 'drained',
  fault: null,
  counts: { recorded: 0, duplicate: 0, ignored: 0, buried: 0, givenBack: 0, gone: 0, ...counts },
  ...more,
});

describe('what a reader remembers', () => {
  test('[STR-16] its counts add up, and its last fault stays until the next', () => {
    const first = afterStep(EMPTY_READER, step({ recorded: 3, buried: 1 }), 's', NOW);
    const fault = { reason: 'refused', code: 'OOM' } as const;
    const second = afterStep(first.book, step({ duplicate: 2 }, { end: 'fault', fault }), 's', NOW + 1);
    expect([first.nextInMs, second.nextInMs]).toEqual([1_000, 1_000]);
    expect(second.book.failures).toBe(1);
    const third = afterStep(second.book, step({ recorded: 1 }, { end: 'time' }), 's', NOW + 2);
    expect(third.nextInMs).toBe(0);
    expect(stateOf(third.book)).toEqual({
      lastStep: { atMs: NOW + 2, end: 'time' },
      lastFault: { atMs: NOW + 1, ...fault },
      failures: 0,
      counts: { recorded: 4, duplicate: 2, ignored: 0, buried: 1, givenBack: 0, gone: 0 },
      lettersLastHour: 1,
    });
  });

  test.each(['held_up', 'not_connected', 'crashed'] as const)('[STR-16] a step that ended %s is a failure', (end) => {
    const once = afterStep(EMPTY_READER, stepWithout(end), 's', NOW);
    const twice = afterStep(once.book, stepWithout(end), 's', NOW);
    expect([once.nextInMs, twice.nextInMs, twice.book.failures]).toEqual([1_000, 2_000, 2]);
    expect(twice.book.lastFault).toEqual({ atMs: NOW, reason: end, code: null });
  });

  test('[STR-22] growing dead letters are a signal that stays until it was told', () => {
    const grown = afterStep(EMPTY_READER, step({ buried: 101 }), 's', NOW).book;
    expect(grown.untold).toMatchObject({ kind: 'dead_letters', subject: 's', state: 'on', atMs: NOW });
    const later = afterStep(grown, step(), 's', NOW + 1_000).book;
    expect(later.untold).toEqual(grown.untold);
    const told = { ...later, untold: null };
    expect(afterStep(told, step(), 's', NOW + 2_000).book.untold).toBeNull();
    expect(afterStep(told, step(), 's', NOW + HOUR).book.untold).toMatchObject({ state: 'off', atMs: NOW + HOUR });
  });

  test('[STR-22] a source that is switched off ends the alert of its dead letters, and keeps its counts', () => {
    const grown = { ...afterStep(EMPTY_READER, step({ buried: 101 }), 's', NOW).book, untold: null };
    const off = stopped(grown, 's', NOW + 1);
    expect(off).toMatchObject({ lastStep: null, counts: { buried: 101 }, untold: { state: 'off', subject: 's' } });
    expect(stopped({ ...off, untold: null }, 's', NOW + 2).untold).toBeNull();
  });
});
