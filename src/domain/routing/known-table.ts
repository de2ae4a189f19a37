// What is known of a routing table and its keys, joined from whoever tells of it, so that nothing older ever wins; and the text of its copy.
import { applyDelta } from './compile-table.ts';
import type { ApiKeyRecord, Configuration } from '../configuration/configuration.ts';
import type { StatusRow } from '../health/status-row.ts';
import type { TableData } from './routing-table.ts';
import type { TableDelta } from './table-exchange.ts';

/** So far the clocks of boards and isolates are trusted to agree. */
export const CLOCK_TOLERANCE_MS = 1_000;
/** Past the age at which ranking decays to the baseline order. */
export const UNKNOWN_AGE_MS = 600_000;

export interface KeyRing {
  readonly records: readonly ApiKeyRecord[];
  /** The Registry's count of changes. */
  readonly version: number;
  readonly bootstrapVoid: boolean;
  /** When whoever tells of it last knew it to be true (ms). */
  readonly asOfMs: number;
}

export interface KnownTable {
  readonly data: TableData;
  readonly keys: KeyRing;
}

/** Of a board's whole difference (cursor `null`). `keysAsOfMs`: when the board last heard the Registry. */
export function knownTableOf(whole: TableDelta, keysAsOfMs: number): KnownTable {
  if (whole.configuration === null || whole.keys === null) throw new Error('a difference is no whole table');
  return {
    data: {
      configuration: whole.configuration,
      rows: new Map(whole.rows.map((row) => [row.processorId, row])),
      silences: whole.silences,
      segmentRates: new Map(whole.segmentRates.map((rate) => [rate.segment, rate])),
      asOfMs: whole.asOfMs,
    },
    keys: {
      records: whole.keys,
      version: whole.cursor.keysVersion,
      bootstrapVoid: whole.bootstrapVoid,
      asOfMs: keysAsOfMs,
    },
  };
}

/**
 * All that either knows: configurations, rows and keys by their own versions, whichever way round and however often. Silences and
 * rates have none: they are those of the later table. `now` is the clock of who joins; what is dated ahead of it counts as the older.
 */
export function joinTables(one: KnownTable, other: KnownTable, now: number): KnownTable {
  const [earlier, later] =
    momentOf(other.data.asOfMs, now) >= momentOf(one.data.asOfMs, now)
      ? [one.data, other.data]
      : [other.data, one.data];
  const { configuration, rows, silences, segmentRates, asOfMs } = later;
  return {
    data: applyDelta(earlier, { configuration, rows: [...rows.values()], silences, segmentRates, asOfMs }),
    keys: newerKeys(one.keys, other.keys, now),
  };
}

/** Whoever knows of fewer changes cannot say that its keys are still true, however late it speaks. */
function newerKeys(one: KeyRing, other: KeyRing, now: number): KeyRing {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  return momentOf(other.asOfMs, now) >= momentOf(one.asOfMs, now) ? other : one;
}

const isAhead = (atMs: number, now: number): boolean => atMs > now + CLOCK_TOLERANCE_MS;
const momentOf = (atMs: number, now: number): number => (isAhead(atMs, now) ? -Infinity : atMs);

/**
 * Another clock's table by the clock of who reads it: never younger than it is while the two agree within a second. From further
 * ahead its age is unknown: rows then count as 10 minutes old, and keys as never heard of.
 */
export function readByOwnClock({ data, keys }: KnownTable, now: number): KnownTable {
  const seen = (atMs: number): number => Math.min(atMs, now) - CLOCK_TOLERANCE_MS;
  return {
    data: { ...data, asOfMs: isAhead(data.asOfMs, now) ? now - UNKNOWN_AGE_MS : seen(data.asOfMs) },
    keys: { ...keys, asOfMs: isAhead(keys.asOfMs, now) ? 0 : seen(keys.asOfMs) },
  };
}

const FORMAT = 1;

/** The copy as it lies in a store: whole, and readable by every version of this code that knows its format. */
export function copyText({ data, keys }: KnownTable): string {
  const { configuration, rows, silences, segmentRates, asOfMs } = data;
  const whole = { configuration, rows: [...rows.values()], silences, segmentRates: [...segmentRates.values()], asOfMs };
  return JSON.stringify({ format: FORMAT, ...whole, keys });
}

interface Copy extends Pick<TableDelta, 'silences' | 'segmentRates' | 'asOfMs'> {
  readonly format: number;
  readonly configuration: Configuration;
  readonly rows: readonly (Omit<StatusRow, 'validUntilMs'> & { readonly validUntilMs: number | null })[];
  readonly keys: KeyRing;
}

/** Of a text that `copyText` wrote (its reader has made sure of that); `null`: in another format. */
export function readCopy(text: string): KnownTable | null {
  const { format, configuration, rows, silences, segmentRates, asOfMs, keys } = JSON.parse(text) as Copy;
  if (format !== FORMAT) return null;
  return {
    data: {
      configuration,
      // JSON knows no infinity: such a status does not change by expiry.
      rows: new Map(rows.map((row) => [row.processorId, { ...row, validUntilMs: row.validUntilMs ?? Infinity }])),
      silences,
      segmentRates: new Map(segmentRates.map((rate) => [rate.segment, rate])),
      asOfMs,
    },
    keys,
  };
}
