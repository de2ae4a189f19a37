// What the night demo's processors count beside their states, as their objects do: load, arms of experiments, and attempts of unknown outcome.
import { armsOf, hearArms, type KeptArms } from '../../in-memory/in-memory-arms.ts';
import type { ArmTallies } from '../../../src/domain/experiments/arm-tally.ts';
import type { AlertSignal } from '../../../src/domain/health/alert-book.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import { hearResult, type UnknownAttempt } from '../../../src/domain/unknowns/unknown-attempt.ts';
import { type LoadReading, LoadWindow } from '../../../src/domain/scaling/load-window.ts';
import {
  NEVER_TOLD,
  type Overdue,
  OVERDUE_MS,
  overdueSignal,
  type OverdueTold,
} from '../../../src/domain/unknowns/overdue.ts';
import type { ProcessorAddress } from '../../../src/ports/processor-port.ts';
import type { ProcessorId } from '../../../src/domain/identity.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../../../src/domain/unknowns/unknown-page.ts';
import type { RecordOutcome } from '../../../src/domain/results/canonical-result.ts';

/** Of one processor. */
interface Held {
  readonly load: LoadWindow;
  readonly unknowns: Map<string, UnknownAttempt>;
  overdueTold: OverdueTold;
}

export interface Counted {
  readonly results: readonly CanonicalResult[];
  readonly outcomes: readonly RecordOutcome[];
}

export class NightCounts {
  readonly #held = new Map<ProcessorId, Held>();
  readonly #arms: KeptArms = new Map();

  hear(id: ProcessorId, { results, outcomes }: Counted, now: number): void {
    const { load, unknowns } = this.#of(id, now);
    load.taken(results.length, now);
    load.committed(results.length, now);
    load.recorded(outcomes.filter(({ outcome }) => outcome === 'recorded').length, now);
    hearArms(this.#arms, id, results, outcomes);
    results.forEach((result, index) => {
      const { outcome } = outcomes[index]!;
      const heard = { result, outcome, telling: null, final: null };
      const { kept } = hearResult(unknowns.get(result.transactionId) ?? null, heard, now);
      if (kept !== null) unknowns.set(result.transactionId, kept);
    });
  }

  arms(id: ProcessorId, runs: readonly string[]): readonly ArmTallies[] {
    return armsOf(this.#arms, id, runs);
  }

  load(id: ProcessorId, now: number): LoadReading {
    return this.#of(id, now).load.reading(now);
  }

  /** The oldest first; the demo asks for no second page. */
  unknowns(
    id: ProcessorId,
    { untilMs, limit }: Pick<UnknownQuery, 'untilMs' | 'limit'>,
    now: number,
  ): ProcessorUnknowns {
    const open = [...this.#of(id, now).unknowns.values()]
      .filter(({ settled, sinceMs }) => settled === null && sinceMs <= untilMs)
      .sort((one, other) => one.sinceMs - other.sinceMs);
    return { unknowns: open.slice(0, limit), total: open.length, forgotten: 0 };
  }

  /** What people are to be told of it; `null`: they know. */
  sweepUnknowns(address: ProcessorAddress, now: number): AlertSignal | null {
    const held = this.#of(address.id, now);
    const { unknowns, total } = this.unknowns(address.id, { untilMs: now - OVERDUE_MS - 1, limit: 1 }, now);
    const overdue: Overdue = { count: total, oldest: unknowns[0] ?? null };
    const signal = overdueSignal(address, overdue, held.overdueTold, now);
    if (signal !== null) held.overdueTold = { state: signal.state, count: overdue.count, atMs: signal.atMs };
    return signal;
  }

  #of(id: ProcessorId, now: number): Held {
    const known = this.#held.get(id);
    if (known !== undefined) return known;
    const fresh: Held = { load: new LoadWindow(now), unknowns: new Map(), overdueTold: NEVER_TOLD };
    this.#held.set(id, fresh);
    return fresh;
  }
}
