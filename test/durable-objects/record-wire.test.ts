import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../harness/results.ts';
import {
  AddressReader,
  recordCallOf,
  replyIn,
  replyText,
  resultsIn,
  toldIn,
} from '../../durable-objects/record-wire.ts';
import { answerAll, type Waiting } from '../../durable-objects/commit-batch.ts';
import { NOTHING_TOLD } from '../../src/domain/unknowns/attempt-telling.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { ProcessorAddress, RecordReply } from '../../src/ports/processor-port.ts';

const PRIORS: NonNullable<ProcessorAddress['priors']> = [{ segment: PIX_BR, mean: 0.9, weight: 30 }];
const NOW = Date.UTC(2026, 10, 21);
const result = (given: Partial<CanonicalResult> = {}) => resultOf('p', { eventTimeMs: NOW, ...given });

function stateAfter(results: readonly CanonicalResult[]): ProcessorState {
  const state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
  state.apply({ kind: 'results', at: NOW, results });
  return state;
}

describe('a call with results', () => {
  test('arrives as it was sent', () => {
    const address: ProcessorAddress = { ...addressOf('p'), priors: PRIORS };
    const results = [result({ declineCode: 'é"\\\n' }), result({ segment: CARD_BR })];
    const told = [{ ...NOTHING_TOLD, paymentId: 'pay_1' }, null];
    const [addressText, count, toldText, text] = recordCallOf(address, results, told);
    expect(new AddressReader().read(addressText)).toEqual(address);
    expect({ count, results: resultsIn(text), told: toldIn(toldText) }).toEqual({ count: 2, results, told });
  });

  test('of which nothing is told beside it says so without a list', () => {
    const [, , told] = recordCallOf(addressOf('p'), [result(), result()], [null, null]);
    expect(told).toBeNull();
    expect(toldIn(told)).toEqual([]);
  });

  test('from a new configuration is read anew', () => {
    const reader = new AddressReader();
    const read = (revision: number) => reader.read(recordCallOf(addressOf('p', {}, 1, revision), [], [])[0]);
    expect([read(1), read(2), read(1)].map(({ revision }) => revision)).toEqual([1, 2, 1]);
    expect(read(1)).toBe(read(1));
  });
});

describe('answers that say the same', () => {
  const readTwice = (outcomes: number, isLong: boolean) => {
    const outcome = isLong
      ? ({ outcome: 'refused', reason: 'conflicting_body' } as const)
      : { outcome: 'recorded' as const };
    const text = replyText({ ok: true, outcomes: Array.from({ length: outcomes }, () => outcome), row: null });
    return [replyIn(text), replyIn(text)] as const;
  };

  test('are read once', () => {
    const [first, second] = readTwice(3, false);
    expect(second).toBe(first);
  });

  test('are read each for itself where they are long', () => {
    const [first, second] = readTwice(1_000, true);
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });

  test('are not mixed up, however many there were', () => {
    for (let turn = 0; turn < 2; turn += 1)
      for (let count = 0; count < 200; count += 1)
        expect(readTwice(count, false)[0]).toMatchObject({ outcomes: { length: count } });
  });
});

describe('its answer', () => {
  test.each<RecordReply>([
    { ok: false, reason: 'overloaded' },
    { ok: true, outcomes: [], row: null },
    { ok: true, outcomes: [{ outcome: 'recorded' }, { outcome: 'recorded' }], row: null },
    {
      ok: true,
      outcomes: [{ outcome: 'recorded' }, { outcome: 'duplicate' }, { outcome: 'refused', reason: 'conflicting_body' }],
      row: null,
    },
  ])('arrives as it was given: %j', (reply) => {
    expect(replyIn(replyText(reply))).toEqual(reply);
  });

  test('has the row but for what routing alone reads of its beliefs', () => {
    const row = stateAfter([result(), result()]).row(NOW);
    const reply = replyIn(replyText({ ok: true, outcomes: [{ outcome: 'recorded' }], row }));
    const { regimes, ...belief } = row.segments[0]!.belief;
    expect(regimes).toBeDefined();
    expect(reply).toEqual({
      ok: true,
      outcomes: [{ outcome: 'recorded' }],
      row: { ...row, segments: [{ ...row.segments[0]!, belief }] },
    });
  });
});

test('[REC-23] of one commit each call is told its own outcomes, and the one with a single result the row of its segment', () => {
  const [pix, card, more] = [[result()], [result({ segment: CARD_BR })], [result(), result({ segment: CARD_BR })]];
  const state = stateAfter([...pix, ...card, ...more]);
  const replies: RecordReply[] = [];
  const waiting = [pix, card, more, pix].map(
    (results): Waiting => ({ state, text: '', results, told: [], answer: (reply) => void replies.push(reply) }),
  );
  const outcomes = ['recorded', 'duplicate', 'recorded', 'duplicate', 'recorded'] as const;
  answerAll(
    waiting,
    outcomes.map((outcome) => ({ outcome })),
    state.rows(NOW),
  );
  const told = replies.map((reply) => (reply.ok ? reply : null)!);
  expect(told.map((reply) => reply.outcomes.map(({ outcome }) => outcome))).toEqual([
    ['recorded'],
    ['duplicate'],
    ['recorded', 'duplicate'],
    ['recorded'],
  ]);
  expect(told.map(({ row }) => row?.segments.map(({ segment }) => segment) ?? null)).toEqual([
    [PIX_BR],
    [CARD_BR],
    null,
    [PIX_BR],
  ]);
  expect(told[0]!.row).toEqual(state.row(NOW, new Set([PIX_BR])));
  expect(told[3]!.row).toBe(told[0]!.row);
});
