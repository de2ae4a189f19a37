// The tables of an isolate in one process: compiled anew for each question from what a test has set.
import type { Circumstances } from './in-memory-world.ts';
import { compileTable } from '../../src/domain/routing/compile-table.ts';
import { isBootstrapVoid } from '../../src/domain/configuration/key-ring.ts';
import type { HeldKeys, HeldTable, TableSource } from '../../src/ports/table-source.ts';

export function tablesOf(set: Circumstances): TableSource {
  const table = () =>
    compileTable({
      configuration: set.configuration,
      rows: new Map([...set.states].map(([id, state]) => [id, state.row(set.now)])),
      silences: [],
      segmentRates: new Map(),
      asOfMs: set.now - set.tableAgeMs,
    });
  const tableNow = (): HeldTable | null =>
    set.cold ? null : { table: table(), ageMs: set.tableAgeMs, source: set.tableAgeMs > 2_000 ? 'stale' : 'memory' };
  const keysNow = (): HeldKeys | null =>
    set.cold
      ? null
      : {
          byHash: new Map(set.keys.map((key) => [key.hash, key])),
          ageMs: set.tableAgeMs,
          bootstrapVoid: isBootstrapVoid(set.keys),
        };
  return {
    tableNow,
    keysNow,
    table: () => Promise.resolve(tableNow()),
    keys: () => Promise.resolve(keysNow()),
    refresh: () => Promise.resolve(),
    noteDecision: (processorId) => void set.decisions.push(processorId),
  };
}
