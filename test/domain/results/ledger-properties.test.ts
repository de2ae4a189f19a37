// The ledger under disorder, repetition, eviction from memory and small limits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CanonicalResult, ResultKind } from '../../../src/domain/results/canonical-result.ts';
import type { PageBlob } from '../../../src/domain/results/dedupe-pages.ts';
import { Ledger } from '../../../src/domain/results/ledger.ts';
import type { UnsettledRecord } from '../../../src/domain/results/unsettled-attempts.ts';
import { NOW, SALT, sampleContribution, sampleResult } from './sample-result.ts';

/** What became of one attempt: at most one body a stage. */
interface Attempt {
  readonly timesOut: boolean;
  readonly final: 'approved' | 'declined' | 'error' | null;
  readonly isRefunded: boolean;
  readonly isDisputed: boolean;
  readonly amountMinor: number;
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  timesOut: fc.boolean(),
  final: fc.constantFrom('approved', 'declined', 'error', null),
  isRefunded: fc.boolean(),
  isDisputed: fc.boolean(),
  amountMinor: fc.integer({ min: 1, max: 1_000_000 }),
});

function eventsOf(attempts: readonly Attempt[]): CanonicalResult[] {
  return attempts.flatMap(({ timesOut, final, isRefunded, isDisputed, amountMinor }, id) => {
    const kinds: (ResultKind | null)[] = [
      timesOut ? 'timeout' : null,
      final,
      isRefunded ? 'refunded' : null,
      isDisputed ? 'disputed' : null,
    ];
    return kinds.filter((kind) => kind !== null).map((result) => sampleResult(`txn_${id}`, { result, amountMinor }));
  });
}

/** A window as the caller of the ledger keeps it: what stands for each attempt. */
class Standing {
  readonly ledger: Ledger;
  readonly outcomes = new Map<string, ResultKind>();
  conflicts = 0;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  take(result: CanonicalResult): void {
    const verdict = this.ledger.admit(result, NOW);
    if (verdict.kind === 'conflict') this.conflicts++;
    if (verdict.kind === 'duplicate' || verdict.kind === 'conflict') return;
    if (result.result === 'refunded' || result.result === 'disputed') return;
    const { transactionId, amountMinor } = result;
    if (result.result === 'timeout') this.ledger.keepUnsettled(result, sampleContribution({ amountMinor }));
    if (verdict.kind === 'settles') {
      expect(verdict.contribution.amountMinor).toBe(amountMinor);
      expect(this.outcomes.get(transactionId)).toBe('timeout');
    } else {
      expect(this.outcomes.has(transactionId)).toBe(false);
    }
    this.outcomes.set(transactionId, result.result);
  }

  /** All that must not depend on the order of arrival. */
  state(): unknown {
    const { approved, declined, error, timeout, refunded, disputed } = this.ledger.counts();
    const unsettled = this.ledger
      .unsettledRecords()
      .map(({ transaction, contribution }) => ({ transaction, contribution }));
    return {
      outcomes: new Map(this.outcomes),
      counts: { approved, declined, error, timeout, refunded, disputed },
      unsettled: unsettled.sort((left, right) => (left.transaction < right.transaction ? -1 : 1)),
    };
  }
}

describe('order', () => {
  test('[LED-7] any order and any repetition of the same events leaves the same state', () => {
    const world = fc.array(attempt, { minLength: 1, maxLength: 8 }).chain((attempts) => {
      const events = eventsOf(attempts);
      const repeated = fc.tuple(
        ...events.map((event) =>
          fc.integer({ min: 1, max: 3 }).map((times) => Array<CanonicalResult>(times).fill(event)),
        ),
      );
      const shuffled = repeated.chain((copies) => {
        const all = copies.flat();
        return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
      });
      return fc.record({ attempts: fc.constant(attempts), events: fc.constant(events), shuffled });
    });
    fc.assert(
      fc.property(world, ({ attempts, events, shuffled }) => {
        const straight = new Standing(Ledger.create(SALT));
        for (const event of events) straight.take(event);
        const disordered = new Standing(Ledger.create(SALT));
        for (const event of shuffled) disordered.take(event);
        expect(disordered.state()).toEqual(straight.state());
        expect([straight.conflicts, disordered.conflicts]).toEqual([0, 0]);
        const expected = attempts.map(({ timesOut, final }, id): [string, ResultKind | null] => [
          `txn_${id}`,
          final ?? (timesOut ? 'timeout' : null),
        ]);
        expect(disordered.outcomes).toEqual(new Map(expected.filter(([, outcome]) => outcome !== null)));
      }),
      { numRuns: 1000 },
    );
  });
});

/** Storage as an object keeps it: one row a page, one row a drawer, counts beside. */
class Disk {
  private readonly pages = new Map<number, PageBlob>();
  private readonly drawers = new Map<number, string>();
  private counts = '';

  store(ledger: Ledger): void {
    for (const blob of ledger.dirtyPages()) this.pages.set(blob.page, blob);
    for (const page of ledger.droppedPages()) this.pages.delete(page);
    for (const { drawer, records } of ledger.dirtyDrawers()) this.drawers.set(drawer, JSON.stringify(records));
    this.counts = JSON.stringify(ledger.counts());
    ledger.markClean();
  }

  load(limits: object): Ledger {
    const unsettled = [...this.drawers.values()].flatMap((json) => JSON.parse(json) as UnsettledRecord[]);
    return Ledger.load(
      { salt: SALT, pages: [...this.pages.values()], unsettled, counts: JSON.parse(this.counts) },
      limits,
    );
  }
}

const LIMITS = { resultsMax: 20, horizonMs: 100_000, pageEntries: 4, unsettledMax: 5 };

const move = fc.record({
  id: fc.integer({ min: 0, max: 40 }),
  result: fc.constantFrom<ResultKind[]>('timeout', 'timeout', 'approved', 'declined', 'refunded'),
  waitMs: fc.constantFrom(0, 0, 400, 3000, 99_000, 101_000),
  kind: fc.constantFrom('result', 'result', 'result', 'join', 'store', 'reload'),
});

describe('persistence', () => {
  test('[LED-11] a ledger that is stored and loaded at any moments answers as one that never left memory', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
        const lasting = Ledger.create(SALT, LIMITS);
        const disk = new Disk();
        let restarted = Ledger.create(SALT, LIMITS);
        let nowMs = NOW;
        for (const { id, result, waitMs, kind } of moves) {
          nowMs += waitMs;
          if (kind === 'join')
            expect(restarted.joinNonce(`nonce_${id}`, nowMs)).toBe(lasting.joinNonce(`nonce_${id}`, nowMs));
          if (kind === 'store' || kind === 'reload') disk.store(restarted);
          if (kind === 'reload') restarted = disk.load(LIMITS);
          if (kind !== 'result') continue;
          const event = sampleResult(`txn_${id}`, { result });
          const verdict = lasting.admit(event, nowMs);
          expect(restarted.admit(event, nowMs)).toEqual(verdict);
          if (verdict.kind !== 'new' || result !== 'timeout') continue;
          for (const ledger of [lasting, restarted])
            ledger.keepUnsettled(event, sampleContribution({ arrivedAtMs: nowMs }));
        }
        expect(restarted.counts()).toEqual(lasting.counts());
        expect(restarted.sizes()).toEqual(lasting.sizes());
        // The sequence numbers may differ: only the order they give counts.
        const inOrder = (ledger: Ledger) =>
          ledger.unsettledRecords().map(({ transaction, contribution }) => ({ transaction, contribution }));
        expect(inOrder(restarted)).toEqual(inOrder(lasting));
      }),
      { numRuns: 500 },
    );
  });

  test('[LED-11] a full drawer fits a row of 2 MB', () => {
    const ledger = Ledger.create(SALT);
    for (let id = 0; id < 20_000; id++) {
      const timeout = sampleResult(`txn_${id}`, { result: 'timeout' });
      ledger.admit(timeout, NOW);
      ledger.keepUnsettled(
        timeout,
        sampleContribution({ decisionNonce: '00000000000000aa', amountMinor: 1_000_000_000_000 }),
      );
    }
    const sizes = ledger.dirtyDrawers().map((drawer) => JSON.stringify(drawer).length);
    expect(sizes.length).toBe(64);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
  });
});

describe('eviction', () => {
  test('[LED-8] what is within both bounds is held; what is a page past the number is gone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.integer({ min: 0, max: 60 }), waitMs: fc.constantFrom(0, 1000, 9000) }), {
          maxLength: 200,
        }),
        (steps) => {
          const ledger = Ledger.create(SALT, LIMITS);
          const recorded: { id: number; atMs: number }[] = [];
          let nowMs = NOW;
          for (const { id, waitMs } of steps) {
            nowMs += waitMs;
            const at = recorded.findLastIndex((one) => one.id === id);
            const newer = recorded.length - 1 - at;
            const verdict = ledger.admit(sampleResult(`txn_${id}`), nowMs).kind;
            if (at >= 0 && newer < LIMITS.resultsMax && nowMs - recorded[at]!.atMs <= LIMITS.horizonMs)
              expect(verdict).toBe('duplicate');
            if (at < 0 || newer >= LIMITS.resultsMax + LIMITS.pageEntries) expect(verdict).toBe('new');
            if (verdict === 'new') recorded.push({ id, atMs: nowMs });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
