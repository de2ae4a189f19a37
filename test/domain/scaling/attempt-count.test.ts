// How many attempts an object's results stand for, and what it still knows of them when it starts again.
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../../harness/results.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import { attemptsOf, replayInto } from '../../../src/domain/scaling/attempt-count.ts';
import { LoadWindow } from '../../../src/domain/scaling/load-window.ts';
import { ProcessorState, type ProcessorCommand } from '../../../src/domain/health/processor-state.ts';
import type { ResultKind } from '../../../src/domain/results/canonical-result.ts';

const START = Date.UTC(2026, 10, 21, 12);
const SALT = '0123456789abcdef';

const told = (transactionId: string, result: ResultKind, at = START): ProcessorCommand => ({
  kind: 'results',
  at,
  results: [resultOf('counted', { transactionId: asTransactionId(transactionId), result, eventTimeMs: at })],
});
const freshState = (): ProcessorState => ProcessorState.create(addressOf('counted'), SALT);

/** As from a disk that holds a checkpoint of `stored` and a journal of `commands`. */
function started(stored: ProcessorState | null, commands: readonly ProcessorCommand[], now: number): LoadWindow {
  const window = new LoadWindow(now);
  replayInto(window, stored, commands);
  return window;
}

describe('attempts', () => {
  test.each([
    ['an approval', ['approved'], 1],
    ['an approval told twice', ['approved', 'approved'], 1],
    ['an unknown', ['timeout'], 1],
    ['an unknown told twice', ['timeout', 'timeout'], 1],
    ['an unknown and its final', ['timeout', 'declined'], 1],
    ['an unknown and its final, each told twice', ['timeout', 'timeout', 'approved', 'approved'], 1],
    ['an unknown that is told after its final', ['error', 'timeout'], 1],
    ['a final that contradicts another', ['approved', 'declined'], 1],
    ['an approval, refunded and disputed', ['approved', 'refunded', 'disputed'], 1],
    ['a refund of an attempt that is not known', ['refunded'], 0],
  ] as const)('[SCL-17] %s', (_, results, attempts) => {
    const state = freshState();
    for (const result of results) state.apply(told('txn_1', result));
    expect(attemptsOf(state)).toBe(attempts);
  });
});

describe('an object that starts again', () => {
  const checkpointed = (at: number): ProcessorState => {
    const state = freshState();
    state.apply(told('txn_before', 'timeout', at));
    return state;
  };

  test('[SCL-18] counts the attempts of its last minute from its journal', () => {
    const commands = [
      told('txn_old', 'approved', START - 70_000),
      told('txn_1', 'approved', START - 40_000),
      told('txn_1', 'approved', START - 30_000),
      told('txn_before', 'approved', START - 20_000),
      told('txn_2', 'timeout', START - 10_000),
    ];
    const window = started(checkpointed(START - 80_000), commands, START);
    expect(window.reading(START)).toMatchObject({ attempts: 2, results: 0, measuredMs: 0, attemptsKnownMs: 60_000 });
    expect(window.reading(START + 25_000)).toMatchObject({ attempts: 1 });
    expect(window.reading(START + 50_000)).toMatchObject({ attempts: 0, measuredMs: 50_000 });
  });

  test.each([
    ['before the last attempt of its checkpoint nothing', START - 12_000, 12_000],
    ['all, where that was long ago', START - 3_600_000, 60_000],
    ['by a clock that was set back, nothing', START + 5_000, 0],
  ])('[SCL-18] knows %s', (_, checkpointAtMs, attemptsKnownMs) => {
    const window = started(checkpointed(checkpointAtMs), [], START);
    expect(window.reading(START)).toMatchObject({ attempts: 0, attemptsKnownMs });
  });

  test.each([
    ['never stored anything', null],
    ['never recorded an attempt', freshState()],
  ])('[SCL-18] knows that there was none, where it %s', (_, stored) => {
    expect(started(stored, [], START).reading(START)).toMatchObject({ attempts: 0, attemptsKnownMs: 60_000 });
  });

  test('[SCL-2] [SCL-18] by a clock that is set back by an hour it begins to know anew', () => {
    const window = started(null, [told('txn_1', 'approved', START + 9_000)], START);
    expect(window.reading(START - 3_600_000)).toMatchObject({ attempts: 0, attemptsKnownMs: 0 });
    expect(window.reading(START - 3_590_000)).toMatchObject({ attemptsKnownMs: 10_000 });
  });
});
