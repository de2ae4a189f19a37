import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../../harness/results.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import { aimedAt, begun, mapToBe } from '../../../src/domain/shards/slot-turn.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { ShardState, type ShardCommand } from '../../../src/domain/shards/shard-state.ts';
import { slotFinder } from '../../../src/domain/results/slots.ts';
import { undividedMap } from '../../../src/domain/shards/slot-map.ts';
import type { PageBlob } from '../../../src/domain/results/dedupe-pages.ts';
import type { ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { DividedProcessor, SALT } from './divided-processor.ts';

const NOW = 1_770_000_000_000;
const told = (id: number, result: ResultKind = 'approved', eventTimeMs = NOW) =>
  resultOf('p', { transactionId: asTransactionId(`txn_${id}`), result, eventTimeMs });

describe('a move', () => {
  test('[SHD-6] what was recorded before any moves is known after them, whatever moved where and when', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            ids: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }),
            count: fc.option(fc.integer({ min: 1, max: 5 })),
          }),
          { maxLength: 14 },
        ),
        (steps) => {
          const divided = new DividedProcessor();
          const known = new Set<number>();
          let at = NOW;
          for (const { ids, count } of steps) {
            at += 1_000;
            const outcomes = divided.record(
              ids.map((id) => told(id)),
              at,
            );
            ids.forEach((id, index) => {
              expect(outcomes[index]).toEqual({ outcome: known.has(id) ? 'duplicate' : 'recorded' });
              known.add(id);
            });
            if (count !== null) divided.divideInto(count, at);
          }
          divided.divideInto(1, at);
          divided.deliverAll(at);
          const { approved } = divided.own.ledger.counts();
          expect(approved).toBe(known.size);
          expect(
            divided.record(
              [...known].map((id) => told(id, 'declined')),
              at,
            ),
          ).toEqual([...known].map(() => ({ outcome: 'refused', reason: 'conflicting_body' })));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('[SHD-6] an attempt that was unknown before its slot moved is settled after it, and counted once', () => {
    const divided = new DividedProcessor();
    const ids = Array.from({ length: 60 }, (_, id) => id);
    divided.record(
      ids.slice(0, 30).map((id) => told(id, 'timeout')),
      NOW,
    );
    divided.divideInto(3, NOW + 100);
    divided.record(
      ids.slice(30).map((id) => told(id, 'timeout')),
      NOW + 200,
    );
    divided.divideInto(5, NOW + 300);
    divided.record(
      ids.slice(0, 40).map((id) => told(id, 'approved', NOW + 350)),
      NOW + 400,
    );
    divided.divideInto(1, NOW + 500);
    divided.record(
      ids.slice(40).map((id) => told(id, 'declined', NOW + 550)),
      NOW + 600,
    );
    expect(divided.own.ledger.counts()).toMatchObject({
      approved: 40,
      declined: 20,
      timeout: 0,
      settled: 60,
      duplicate: 0,
    });
    expect(divided.own.row(NOW + 700).window.total).toBe(50);
  });

  test('[SHD-6] hashes that cross twice are kept once', () => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    state.apply({ kind: 'results', at: NOW, results: [told(1), told(2)] });
    const keys = state.ledger.keysOf(new Set(Array.from({ length: 256 }, (_, slot) => slot)), 100);
    expect(keys).toHaveLength(6);
    const shard = ShardState.create(1, undividedMap(1, SALT));
    shard.apply({ kind: 'adopt', at: NOW, keys });
    shard.apply({ kind: 'adopt', at: NOW + 5, keys });
    expect(shard.ledger.sizes().keys).toBe(2);
    expect(shard.ledger.heldFinal('txn_2')).toBe('approved');
    expect(shard.ledger.counts().approved).toBe(0);
  });

  test('[SHD-6] of a slot that holds too many hashes the newest cross', () => {
    const state = ProcessorState.create(addressOf('p'), SALT);
    const ids = Array.from({ length: 600 }, (_, id) => id);
    for (const id of ids) state.apply({ kind: 'results', at: NOW + id, results: [told(id)] });
    const slotOf = slotFinder(SALT);
    const slot = slotOf('txn_599');
    const its = ids.filter((id) => slotOf(`txn_${id}`) === slot);
    const shard = ShardState.create(1, undividedMap(1, SALT));
    shard.apply({ kind: 'adopt', at: NOW, keys: state.ledger.keysOf(new Set([slot]), 1) });
    expect(its.length).toBeGreaterThan(1);
    expect(its.filter((id) => shard.ledger.heldFinal(`txn_${id}`) !== null)).toEqual([599]);
  });

  test('[SHD-2] a shard that hears of an older map keeps its own', () => {
    const shard = ShardState.create(1, { ...undividedMap(1, SALT), epoch: 7, owners: new Array<number>(256).fill(1) });
    shard.apply({ kind: 'map', at: NOW, map: { ...undividedMap(1, SALT), epoch: 6 } });
    expect([shard.map.epoch, shard.owns('txn_1')]).toEqual([7, true]);
    shard.apply({ kind: 'map', at: NOW, map: { ...undividedMap(1, SALT), epoch: 8 } });
    expect([shard.map.epoch, shard.owns('txn_1')]).toEqual([8, false]);
  });

  test('[SHD-6] decisions that were joined stay with the own object: one teaches once, whichever shards its results belong to', () => {
    const divided = new DividedProcessor();
    divided.divideInto(4, NOW);
    const decision = {
      nonce: '00000000000000aa',
      decidedAtMs: NOW - 60_000,
      propensity: 0.5,
      arm: 0,
      offRecommendation: false,
      permit: false,
    };
    const whole = ProcessorState.create(addressOf('p'), SALT);
    for (let id = 0; id < 8; id += 1) {
      const results = [{ ...told(id), decision }];
      divided.record(results, NOW + id);
      divided.deliverAll(NOW + id);
      whole.apply({ kind: 'results', at: NOW + id, results });
    }
    expect(divided.own.row(NOW + 9).segments).toEqual(whole.row(NOW + 9).segments);
  });
});

test('[SHD-10] a checkpoint and the commands after it give the very shard that never stopped, its waiting deltas included', () => {
  const commands: ShardCommand[] = [
    {
      kind: 'map',
      at: NOW,
      map: mapToBe(begun(aimedAt({ format: 1, map: undividedMap(1, SALT), count: 1, move: null, shardsEver: 0 }, 2))),
    },
    ...Array.from(
      { length: 30 },
      (_, index): ShardCommand => ({
        kind: 'results',
        at: NOW + index,
        results: [told(index), told(index % 7, 'declined')],
      }),
    ),
  ];
  for (let cut = 0; cut <= commands.length; cut += 5) {
    const [whole, first] = [0, 1].map(() =>
      ShardState.create(1, { ...undividedMap(1, SALT), epoch: -1, owners: [] }),
    ) as [ShardState, ShardState];
    for (const command of commands) whole.apply(command);
    const pages = new Map<number, PageBlob>();
    for (const [index, command] of commands.entries()) {
      if (index === cut) break;
      first.apply(command);
    }
    const saved = first.checkpoint();
    for (const page of saved.changedPages) pages.set(page.page, page);
    const second = ShardState.restore(saved.text, [...pages.values()]);
    for (const command of commands.slice(cut)) second.apply(command);
    expect(second.waiting).toEqual(whole.waiting);
    expect(second.checkpoint().text).toBe(whole.checkpoint().text);
    expect(second.map).toEqual(whole.map);
    expect(second.apply({ kind: 'results', at: NOW + 50, results: [told(3)] })).toEqual([{ outcome: 'duplicate' }]);
  }
  expect(() => ShardState.restore('{"format":2}', [])).toThrow('format');
});

test('[SHD-5] details are for history, which has them from the shard: a delta holds none, and says what it differs by from the usual', () => {
  const shard = ShardState.create(1, undividedMap(1, SALT));
  const result = { ...told(1), details: { bin: '411111' } };
  shard.apply({ kind: 'results', at: NOW, results: [result, told(2, 'timeout')] });
  shard.apply({ kind: 'results', at: NOW + 1, results: [told(1, 'declined'), told(2, 'refunded'), result] });
  const { details: _details, ...plain } = result;
  expect(shard.waiting[0]!.heard).toEqual([
    { result: plain },
    { result: expect.objectContaining({ result: 'timeout' }) },
  ]);
  expect(shard.waiting[1]!.heard.map(({ outcome, final }) => ({ outcome, final }))).toEqual([
    { outcome: 'refused', final: 'approved' },
    { outcome: 'duplicate', final: 'approved' },
    { outcome: undefined, final: null },
  ]);
});
