import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../../harness/results.ts';
import { type KnownStatuses, seeStatuses } from '../../../src/domain/history/status-changes.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';

const AT = 1_795_000_000_000;

function stateAfter(result: 'approved' | 'error', count: number, segment = PIX_BR): ProcessorState {
  const state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
  const results = Array.from({ length: count }, (_, index) =>
    resultOf('p', { eventTimeMs: AT + index, result, segment }),
  );
  state.apply({ kind: 'results', at: AT + count, results });
  return state;
}
const told = ({ changes }: ReturnType<typeof seeStatuses>): string[] =>
  changes.map(({ scope, fromStatus, toStatus }) => `${scope} ${fromStatus} ${toStatus}`);

describe('[HIS-20] changes of status', () => {
  test('are told of the processor and of each segment, once, with the reason', () => {
    const row = stateAfter('error', 12).row(AT + 20);
    const first = seeStatuses(null, row);
    expect(told(first).sort()).toEqual([`* HEALTHY DOWN`, `${PIX_BR} HEALTHY DOWN`]);
    expect(first.changes[1]).toMatchObject({ processorId: 'p', epoch: 1, changedAtMs: AT + 20 });
    expect(first.changes.map(({ reason }) => reason).join(' ')).toContain('The breaker is OPEN');
    expect(told(seeStatuses(first.known, row))).toEqual([]);
  });

  test('of who is healthy are none, and nothing of it is remembered', () => {
    expect(seeStatuses(null, stateAfter('approved', 60).row(AT + 70))).toEqual({
      known: { epoch: 1, statuses: {} },
      changes: [],
    });
  });

  test('back to healthy are told when a segment has expired, or is no longer there', () => {
    const known: KnownStatuses = { epoch: 1, statuses: { '*': 'DEGRADED', [CARD_BR]: 'DOWN' } };
    const seen = seeStatuses(known, stateAfter('approved', 20).row(AT + 30));
    expect(told(seen).sort()).toEqual([`* DEGRADED HEALTHY`, `${CARD_BR} DOWN HEALTHY`]);
    expect(seen.changes.find(({ scope }) => scope === CARD_BR)?.reason).toBe('No transactions any more');
    expect(seen.known.statuses).toEqual({});
  });

  test('of a processor that was registered anew begin from healthy', () => {
    const known: KnownStatuses = { epoch: 0, statuses: { '*': 'DOWN', [PIX_BR]: 'DOWN' } };
    expect(told(seeStatuses(known, stateAfter('approved', 20).row(AT + 30)))).toEqual([]);
  });
});
