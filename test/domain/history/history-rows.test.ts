import { describe, expect, test } from 'vitest';
import { historyNote, historyRows } from '../../../src/domain/history/history-rows.ts';
import { addressOf, PIX_BR, resultOf } from '../../harness/results.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';

const PROCESSOR = asProcessorId('p');
const AT = 1_795_000_000_000;
const saltOf = '0123456789abcdef';

describe('rows of a commit', () => {
  test('[HIS-1] a duplicate and a refused result leave no row, the first report of each stage leaves one', () => {
    const state = ProcessorState.create(addressOf('p'), saltOf);
    const first = resultOf('p', { eventTimeMs: AT });
    const waiting = resultOf('p', { eventTimeMs: AT, result: 'timeout' });
    const results = [
      first,
      first,
      { ...first, amountMinor: 1 },
      waiting,
      { ...waiting, result: 'approved' as const, fault: 'none' as const },
    ];
    const command = { kind: 'results', at: AT, results } as const;
    const note = historyNote(state.apply(command));
    const { attempts } = historyRows({ processorId: PROCESSOR, epoch: 7, command, note });
    expect(attempts).toEqual([0, 3, 4].map((index) => ({ recordedAtMs: AT, epoch: 7, result: results[index] })));
  });

  test('[HIS-1] a commit of which all is recorded and that moves no breaker needs no note', () => {
    const state = ProcessorState.create(addressOf('p'), saltOf);
    const command = { kind: 'results', at: AT, results: [resultOf('p', { eventTimeMs: AT })] } as const;
    expect(historyNote(state.apply(command))).toBeNull();
    expect(historyRows({ processorId: PROCESSOR, epoch: 1, command, note: null }).attempts).toHaveLength(1);
  });

  test('[HIS-1] what the breakers did in a commit goes with it, of a reset by hand as well', () => {
    const state = ProcessorState.create(addressOf('p'), saltOf);
    const failures = Array.from({ length: 30 }, (_, index) =>
      resultOf('p', { eventTimeMs: AT + index, result: 'error' }),
    );
    const command = { kind: 'results', at: AT + 30, results: failures } as const;
    const opened = historyRows({ processorId: PROCESSOR, epoch: 2, command, note: historyNote(state.apply(command)) });
    expect(opened.breakerChanges).toContainEqual({
      processorId: PROCESSOR,
      epoch: 2,
      change: expect.objectContaining({ scope: PIX_BR, from: 'CLOSED', to: 'OPEN' }),
    });
    const reset = { kind: 'reset', at: AT + 60, scope: null } as const;
    const closed = historyRows({
      processorId: PROCESSOR,
      epoch: 2,
      command: reset,
      note: historyNote(state.apply(reset)),
    });
    expect(closed.attempts).toEqual([]);
    expect(closed.breakerChanges.map(({ change }) => change.to)).toContain('CLOSED');
  });
});
