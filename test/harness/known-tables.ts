// Five configurations of one history, and what somebody may know of it at any time: for tests of who is newer.
import {
  EMPTY_CONFIGURATION,
  type ApiKeyRecord,
  type Configuration,
} from '../../src/domain/configuration/configuration.ts';
import type { KnownTable } from '../../src/domain/routing/known-table.ts';
import { id, processor, row } from '../domain/routing/made-table.ts';
import type { StatusRow } from '../../src/domain/health/status-row.ts';

/** `a` is deleted with the third configuration and comes back with the fourth as another; `c` comes with the second and leaves with the fifth. */
const PROCESSORS = [
  { a: 1, b: 1 },
  { a: 1, b: 1, c: 2 },
  { b: 1, c: 2 },
  { a: 3, b: 1, c: 2 },
  { a: 3, b: 1 },
] as const;
export const VERSIONS = PROCESSORS.length;

export const epochsAt = (version: number): Record<string, number> => ({ ...PROCESSORS[version - 1] });

export const configurationAt = (version: number): Configuration => ({
  ...EMPTY_CONFIGURATION,
  version,
  processors: Object.entries(epochsAt(version)).map(([name, epoch]) => processor(name, { epoch })),
  tombstones: version < 3 ? [] : [{ processorId: id('a'), epoch: 1 }],
});

/** The key of each version replaces that of the one before. */
export const keysAt = (version: number): readonly ApiKeyRecord[] => [
  { id: `k${version}`, name: 'checkout', hash: `h${version}`, scopes: ['route'], createdAtMs: 0, expiresAtMs: null },
];

export interface Knowing {
  /** 1 to VERSIONS. */
  readonly configuration: number;
  readonly keys: number;
  /** Of `a`, `b` and `c`; 0: never heard. */
  readonly rows: readonly [number, number, number];
  readonly asOfMs: number;
}

export function rowsOf({ configuration, rows }: Knowing): StatusRow[] {
  const epochs = epochsAt(configuration);
  return ['a', 'b', 'c'].flatMap((name, index) => {
    const [epoch, version] = [epochs[name], rows[index]!];
    return epoch === undefined || version === 0 ? [] : [row(name, { epoch, version })];
  });
}

export function knownTable(given: Partial<Knowing> & Pick<Knowing, 'asOfMs'>): KnownTable {
  const knowing: Knowing = { configuration: 1, keys: 1, rows: [1, 1, 0], ...given };
  const { asOfMs } = knowing;
  return {
    data: {
      configuration: configurationAt(knowing.configuration),
      rows: new Map(rowsOf(knowing).map((each) => [each.processorId, each])),
      silences: [],
      segmentRates: new Map(),
      asOfMs,
    },
    keys: { records: keysAt(knowing.keys), version: knowing.keys, bootstrapVoid: knowing.keys > 1, asOfMs },
  };
}
