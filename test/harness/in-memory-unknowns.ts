// The unknowns of every processor in a Map, by the rules that the processors' objects follow, for a World in one process.
import {
  hearLate,
  hearOwnWord,
  hearResult,
  hearUndone,
  watched,
  type Heard,
  type LedgerNote,
  type Undone,
  type UnknownAttempt,
} from '../../src/domain/unknowns/unknown-attempt.ts';
import type { AttemptTelling } from '../../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../../src/domain/results/canonical-result.ts';
import type { ProcessorId } from '../../src/domain/identity.ts';
import type { ProcessorAddress, ProcessorPort } from '../../src/ports/processor-port.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../../src/domain/unknowns/unknown-page.ts';
import type { ProcessorState } from '../../src/domain/health/processor-state.ts';

export type KeptUnknowns = Map<ProcessorId, Map<string, UnknownAttempt>>;

export interface Recorded {
  readonly state: ProcessorState;
  readonly results: readonly CanonicalResult[];
  readonly told: readonly (AttemptTelling | null)[];
  readonly outcomes: readonly RecordOutcome[];
  readonly now: number;
}

const shelfOf = (kept: KeptUnknowns, id: ProcessorId): Map<string, UnknownAttempt> => {
  const held = kept.get(id) ?? new Map<string, UnknownAttempt>();
  kept.set(id, held);
  return held;
};

/** What the ledgers are to be told of it. */
export function hearAll(kept: KeptUnknowns, { state, results, told, outcomes, now }: Recorded): LedgerNote[] {
  const shelf = shelfOf(kept, state.address.id);
  return results.flatMap((result, index) => {
    const { outcome } = outcomes[index]!;
    const heard = {
      result,
      outcome,
      telling: told[index] ?? null,
      final: state.ledger.heldFinal(result.transactionId),
    };
    const step = hearResult(shelf.get(result.transactionId) ?? null, heard, now);
    if (step.kept !== null) shelf.set(result.transactionId, step.kept);
    return step.note === null ? [] : [step.note];
  });
}

/** `tell`: takes what the ledgers are to be told. */
export function unknownMethodsOf(
  kept: KeptUnknowns,
  world: {
    readonly now: () => number;
    readonly isReachable: () => boolean;
    tell(notes: readonly LedgerNote[]): void;
    finalOf(address: ProcessorAddress, transactionId: string): Heard['final'];
  },
  record: ProcessorPort['record'],
): Pick<ProcessorPort, 'settle' | 'settleLate' | 'watch' | 'owe' | 'undo' | 'unknowns'> {
  const methods: ReturnType<typeof unknownMethodsOf> = {
    settle: async (address, results, told) => {
      if (!world.isReachable()) return false;
      const shelf = shelfOf(kept, address.id);
      const isOpen = ({ transactionId }: CanonicalResult): boolean => shelf.get(transactionId)?.settled === null;
      const indexes = results.flatMap((result, index) => (isOpen(result) ? [index] : []));
      if (indexes.length === 0) return true;
      const reply = await record(
        address,
        indexes.map((index) => results[index]!),
        indexes.map((index) => told[index] ?? null),
      );
      return reply.ok;
    },
    settleLate: (address, results, told) => {
      if (!world.isReachable()) return Promise.resolve({ ok: false, reason: 'unreachable' });
      const shelf = shelfOf(kept, address.id);
      const outcomes = results.map((result, index) => {
        const { transactionId } = result;
        const final = world.finalOf(address, transactionId);
        const heard = { result, telling: told[index] ?? null, final, outcome: 'recorded' as const };
        const step = hearLate(shelf.get(transactionId) ?? null, heard, world.now());
        if (step.kept !== null) shelf.set(transactionId, step.kept);
        if (step.note !== null) world.tell([step.note]);
        return step.outcome;
      });
      return Promise.resolve({ ok: true, outcomes });
    },
    watch: async (address, word, result) => {
      if (!world.isReachable()) return null;
      if (result !== null) await methods.settle(address, [result], [word.telling]);
      const final = world.finalOf(address, word.transactionId);
      const shelf = shelfOf(kept, address.id);
      const before = shelf.get(word.transactionId) ?? null;
      const step = hearOwnWord(before, word, final, { processorId: address.id, now: world.now() });
      if (step.kept !== null) shelf.set(word.transactionId, step.kept);
      if (step.note !== null) world.tell([step.note]);
      return watched(step.kept ?? before, final);
    },
    owe: (_, notes) => {
      if (world.isReachable()) world.tell(notes);
      return Promise.resolve(world.isReachable());
    },
    undo: (address, undone) => {
      if (world.isReachable()) undoAll(kept, address.id, undone, world);
      return Promise.resolve(world.isReachable());
    },
    unknowns: (address, query) =>
      Promise.resolve(world.isReachable() ? pageOf(shelfOf(kept, address.id), query) : null),
  };
  return methods;
}

function pageOf(
  shelf: ReadonlyMap<string, UnknownAttempt>,
  { untilMs, after, limit }: UnknownQuery,
): ProcessorUnknowns {
  const open = [...shelf.values()]
    .filter(({ settled, sinceMs }) => settled === null && sinceMs <= untilMs)
    .sort((one, other) => one.sinceMs - other.sinceMs || (one.transactionId < other.transactionId ? -1 : 1));
  const isBehind = ({ sinceMs, transactionId }: UnknownAttempt): boolean =>
    after === null ||
    sinceMs > after.sinceMs ||
    (sinceMs === after.sinceMs && after.transactionId !== null && transactionId > after.transactionId);
  return { unknowns: open.filter(isBehind).slice(0, limit), total: open.length, forgotten: 0 };
}

function undoAll(
  kept: KeptUnknowns,
  processorId: ProcessorId,
  undone: readonly Undone[],
  world: { readonly now: () => number; tell(notes: readonly LedgerNote[]): void },
): void {
  const shelf = shelfOf(kept, processorId);
  for (const each of undone) {
    const held = [...shelf.values()].find(({ transactionId, alias }) =>
      each.ids.some((id) => id === transactionId || id === alias),
    );
    if (held === undefined) continue;
    const step = hearUndone(held, each, processorId, world.now());
    if (step.kept !== null) shelf.set(held.transactionId, step.kept);
    if (step.note !== null) world.tell([step.note]);
  }
}
