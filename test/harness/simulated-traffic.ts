// A processor's state under simulated traffic: draws results at given rates and collects what it says.
import { addressOf, PIX_BR, resultOf } from './results.ts';
import { applySignal, EMPTY_ALERT_BOOK, type Alert, type AlertBook } from '../../src/domain/health/alert-book.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { seeded } from './seeded.ts';
import type { ApiResult } from '../../src/domain/results/canonical-result.ts';
import type { SegmentKey } from '../../src/domain/identity.ts';

export interface Rates {
  /** Share of technical errors among attempts, and of declines among the others. */
  readonly error: number;
  readonly decline: number;
}

export class SimulatedProcessor {
  readonly id: string;
  readonly state: ProcessorState;
  trips = 0;
  readonly #draw: () => number;

  constructor(id: string, seed: number) {
    this.id = id;
    this.state = ProcessorState.create(addressOf(id), seed.toString(16).padStart(16, '0'));
    this.#draw = seeded(seed);
  }

  /** `count` attempts evenly over `spanMs` before `at`, in one commit. */
  run(count: number, rates: Rates, at: number, given: { segment?: SegmentKey; spanMs?: number } = {}): void {
    const spanMs = given.spanMs ?? 1_000;
    const results = Array.from({ length: count }, (_, index) =>
      resultOf(this.id, {
        eventTimeMs: at - spanMs + Math.floor((index * spanMs) / count),
        result: this.#result(rates),
        segment: given.segment ?? PIX_BR,
      }),
    );
    const applied = this.state.apply({ kind: 'results', at, results });
    this.trips += applied.transitions.filter(({ from, to }) => from === 'CLOSED' && to === 'OPEN').length;
  }

  #result({ error, decline }: Rates): ApiResult {
    if (this.#draw() < error) return 'error';
    return this.#draw() < decline ? 'declined' : 'approved';
  }
}

/** Hands every waiting signal to one book, as the Registry does. */
export class SimulatedBook {
  book: AlertBook = EMPTY_ALERT_BOOK;
  readonly opened = new Map<string, Alert>();
  #serial = 0;

  collect(processors: readonly SimulatedProcessor[], now: number): void {
    for (const { state } of processors) {
      for (const signal of state.outbox) {
        this.#serial += 1;
        const step = applySignal(this.book, signal, now, `alt_${this.#serial}`);
        this.book = step.book;
        for (const alert of step.changed) this.opened.set(alert.id, alert);
      }
      state.signalsSent(state.outbox);
    }
  }
}
