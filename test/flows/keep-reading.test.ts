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
  hasCaughtUp: true,
  counts: { recorded: 0, duplicate: 0, late: 0, ignored: 0, buried: 0, givenBack: 0, gone: 0, ...counts },
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
      counts: { recorded: 4, duplicate: 2, late: 0, ignored: 0, buried: 1, givenBack: 0, gone: 0 },
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
    expect(grown.unheard).toMatchObject([{ kind: 'dead_letters', subject: 's', state: 'on', atMs: NOW }]);
    const later = afterStep(grown, step(), 's', NOW + 1_000).book;
    expect(later.unheard).toEqual(grown.unheard);
    const told = { ...later, unheard: [] };
    expect(afterStep(told, step(), 's', NOW + 2_000).book.unheard).toEqual([]);
    expect(afterStep(told, step(), 's', NOW + HOUR).book.unheard).toMatchObject([{ state: 'off', atMs: NOW + HOUR }]);
  });

  test('[STR-22] a source that is switched off ends the alert of its dead letters, and keeps its counts', () => {
    const grown = { ...afterStep(EMPTY_READER, step({ buried: 101 }), 's', NOW).book, unheard: [] };
    const off = stopped(grown, 's', NOW + 1);
    expect(off).toMatchObject({ lastStep: null, counts: { buried: 101 }, unheard: [{ state: 'off', subject: 's' }] });
    expect(stopped({ ...off, unheard: [] }, 's', NOW + 2).unheard).toEqual([]);
  });

  test('[STR-35] a stream that is not read for 5 minutes is a signal, which ends with the first step that reads it to its end', () => {
    const fault = { reason: 'unreachable' } as const;
    let { book } = afterStep(EMPTY_READER, step({}, { end: 'fault', fault }), 's', NOW);
    book = afterStep(book, step({}, { end: 'held_up' }), 's', NOW + 299_999).book;
    expect(book.unheard).toEqual([]);
    book = afterStep(book, step({}, { end: 'fault', fault }), 's', NOW + 300_000).book;
    const alarm = {
      kind: 'stream_stalled',
      subject: 's',
      state: 'on',
      reason: expect.stringContaining('unreachable') as string,
    };
    expect(book.unheard).toMatchObject([alarm]);
    const told = { ...book, unheard: [] };
    expect(afterStep(told, step({}, { end: 'fault', fault }), 's', NOW + 400_000).book.unheard).toEqual([]);
    expect(afterStep(told, step(), 's', NOW + 400_000).book.unheard).toMatchObject([
      { ...alarm, state: 'off', reason: expect.any(String) as string },
    ]);
    expect(stopped(told, 's', NOW + 400_000).unheard).toMatchObject([{ kind: 'stream_stalled', state: 'off' }]);
  });

  test('[STR-35] steps that end with their time are behind unless at some moment nothing was left', () => {
    const steps = (hasCaughtUp: boolean) =>
      [0, 1, 2].reduce(
        (book, at) => afterStep(book, step({}, { end: 'time', hasCaughtUp }), 's', NOW + at * 200_000).book,
        EMPTY_READER,
      );
    expect(steps(true).unheard).toEqual([]);
    expect(steps(false).unheard).toMatchObject([{ kind: 'stream_stalled', state: 'on' }]);
  });

  test('[STR-35] what is unheard is kept of each kind, the newest of it', () => {
    const grown = afterStep(EMPTY_READER, step({ buried: 101 }, { end: 'held_up' }), 's', NOW).book;
    const both = afterStep(grown, step({}, { end: 'held_up' }), 's', NOW + 300_000).book;
    expect(both.unheard).toMatchObject([{ kind: 'dead_letters' }, { kind: 'stream_stalled', state: 'on' }]);
    expect(afterStep(both, step(), 's', NOW + 300_001).book.unheard).toMatchObject([
      { kind: 'dead_letters', state: 'on' },
      { kind: 'stream_stalled', state: 'off' },
    ]);
  });
});
