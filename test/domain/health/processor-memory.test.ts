import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../../harness/results.ts';
import { DRAWERS } from '../../../src/domain/results/unsettled-attempts.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { seeded } from '../../harness/seeded.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';

const START = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;
const PER_HOUR = 700;
const PER_COMMIT = 100;
const SEGMENTS = ['PIX', 'CARD', 'WALLET'].flatMap((method) =>
  ['BR', 'MX'].map((country) => segmentKey(method, country)),
);

/** Approvals, declines, errors that open breakers, timeouts of which a part is settled. */
class Traffic {
  readonly state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
  readonly #draw = seeded(9);
  readonly #open: CanonicalResult[] = [];
  #now = START;

  hours(count: number): void {
    const until = this.#now + count * HOUR_MS;
    while (this.#now < until) {
      this.#now += (HOUR_MS * PER_COMMIT) / PER_HOUR;
      const isOutage = this.#draw() < 0.05;
      const results = Array.from({ length: PER_COMMIT }, () => this.#one(isOutage));
      this.state.apply({ kind: 'results', at: this.#now, results });
      this.state.signalsSent(this.state.outbox);
    }
  }

  #one(isOutage: boolean): CanonicalResult {
    const [luck, place] = [this.#draw(), Math.floor(this.#draw() * SEGMENTS.length)];
    const settled = luck < 0.01 ? this.#open.pop() : undefined;
    if (settled !== undefined) return { ...settled, result: 'approved', fault: 'none' };
    const result = isOutage && luck < 0.7 ? 'error' : luck < 0.8 ? 'approved' : luck < 0.98 ? 'declined' : 'timeout';
    const its = resultOf('p', { eventTimeMs: this.#now, result, segment: SEGMENTS[place]!, latencyMs: 900 * luck });
    if (result === 'timeout') this.#open.push(its);
    return its;
  }

  /** Everything but the keys and the attempts that are unknown. */
  get textLength(): number {
    return this.state.checkpoint().text.length;
  }
}

describe('what a processor holds in memory', () => {
  test('[REC-21] nothing grows with the number of results but the keys of a day and the attempts that are unknown', () => {
    const traffic = new Traffic();
    traffic.hours(26);
    const [before, sizesBefore] = [traffic.textLength, traffic.state.ledger.sizes()];
    traffic.hours(26);
    const [after, sizesAfter] = [traffic.textLength, traffic.state.ledger.sizes()];
    expect(traffic.state.resultsRecorded).toBeGreaterThan(1.9 * 26 * PER_HOUR);
    // Windows, sketches, filters, timeline, alerts: full, and written with as many digits as they happen to have.
    expect(after).toBeLessThan(1.1 * before);
    // A day's keys, and the page that is not full; more results are never the reason for more.
    expect(sizesAfter.keys).toBeLessThan(24 * PER_HOUR * 1.02 + 2 * 4_096);
    expect(sizesAfter.keys).toBeLessThanOrEqual(sizesBefore.keys + 4_096);
    expect(sizesAfter.bytes).toBeLessThanOrEqual(sizesBefore.bytes + 2 * 4_096 * 16);
  });

  test('[REC-21] of its collections each has a bound', () => {
    const traffic = new Traffic();
    traffic.hours(30);
    const { state } = traffic;
    expect(state.segments.size).toBe(SEGMENTS.length);
    expect(state.scopes.size).toBeLessThanOrEqual(SEGMENTS.length + 1);
    expect(state.timeline.length).toBeLessThanOrEqual(60);
    expect(state.transitions.length).toBeLessThanOrEqual(50);
    expect(state.outbox.length).toBeLessThanOrEqual(1_000);
    expect(Object.keys(state.mix).length).toBe(SEGMENTS.length);
    for (const { window, latency } of state.segments.values()) {
      expect(window.snapshot().entries.length).toBeLessThanOrEqual(64);
      expect(latency.snapshot().current.bins.length).toBeLessThanOrEqual(2 * 783);
    }
    expect(state.ledger.dirtyDrawers().length).toBeLessThanOrEqual(DRAWERS);
  });
});
