// Which table keeps which rows, by what a row is known there, and how its fields stand in the columns.
import { type AnyPgColumn, PgBigInt53, PgInteger, PgSmallInt, type PgTable, PgTimestamp } from 'drizzle-orm/pg-core';
import { getTableColumns } from 'drizzle-orm';
import { attemptColumns } from './history-columns.ts';
import { insertStatement, type InsertStatement, lateStatement, upsertStatement } from './insert-statement.ts';
import type { AttemptRow } from '../domain/history/history-rows.ts';
import { keyNameOf, type KeptRows, type KeptTable } from '../domain/history/kept-rows.ts';
import * as schema from './schema.ts';

type Row = Readonly<Record<string, unknown>>;
type PlainTable = Exclude<KeptTable, 'lateAttempts'>;

export interface KeptStatement extends InsertStatement {
  /** Of rows that are one thing the last is written. */
  readonly lastWords: (rows: readonly Row[]) => readonly Row[];
  readonly columnsOf: (row: Row) => Row;
  /** Moments by which its partitions are made; `null`: it has none. */
  readonly partedBy: ((row: Row) => number) | null;
}

const TABLES = {
  decisions: schema.decisions,
  statusChanges: schema.statusChanges,
  alerts: schema.alerts,
  anomalies: schema.anomalies,
  incidentFeedback: schema.incidentFeedback,
  predictions: schema.predictions,
  healingActions: schema.healingActions,
  tunings: schema.tunings,
  scalingEvents: schema.scalingEvents,
  modelVersions: schema.modelVersions,
  audit: schema.audit,
} as const satisfies Readonly<Record<PlainTable, PgTable>>;

/** A table's row as the core writes it: moments in ms, under a name that says so. */
type Told<Inserted> = {
  readonly [Name in keyof Inserted as IsMoment<Inserted[Name]> extends true ? `${Name & string}Ms` : Name]-?: IsMoment<
    Inserted[Name]
  > extends true
    ? Exclude<Inserted[Name], Date | undefined> | number
    : Exclude<Inserted[Name], undefined>;
};
type IsMoment<Value> = unknown extends Value ? false : Date extends Value ? true : false;
type Misfit = {
  readonly [Table in PlainTable]: KeptRows[Table] extends Told<(typeof TABLES)[Table]['$inferInsert']> ? never : Table;
}[PlainTable];

/** Does not compile while a column has no field, or one of another type. */
function statementsFor(
  tables: typeof TABLES & Readonly<Record<Misfit, never>>,
): Readonly<Record<PlainTable, KeptStatement>> {
  const entries = Object.entries(tables).map(([name, table]) => [name, statementFor(name as PlainTable, table)]);
  return Object.fromEntries(entries) as Record<PlainTable, KeptStatement>;
}

function statementFor(name: PlainTable, table: PgTable): KeptStatement {
  const key = keyNameOf(name);
  const fields = Object.entries<AnyPgColumn>(getTableColumns(table)).map(([column, { columnType }]) => ({
    column,
    isMoment: columnType === PgTimestamp.name,
    isWhole: WHOLE.has(columnType),
  }));
  return {
    ...(key === null ? insertStatement(table) : upsertStatement(table, key)),
    lastWords: (rows) => (key === null ? rows : [...new Map(rows.map((row) => [row[key], row])).values()]),
    columnsOf: (row) =>
      Object.fromEntries(
        fields.map(({ column, isMoment, isWhole }) => {
          if (isMoment) return [column, momentAt(row[`${column}Ms`])];
          return [column, isWhole ? rounded(row[column]) : row[column]];
        }),
      ),
    partedBy: name === 'decisions' ? (row) => row['decidedAtMs'] as number : null,
  };
}

/** Of money and counts what is estimated need not be whole. */
const WHOLE: ReadonlySet<string> = new Set([PgBigInt53.name, PgInteger.name, PgSmallInt.name]);
const rounded = (value: unknown): unknown => (typeof value === 'number' ? Math.round(value) : value);

/** What no clock could show is not known. */
const momentAt = (ms: unknown): Date | null =>
  typeof ms === 'number' && Math.abs(ms) <= 8.64e15 ? new Date(Math.trunc(ms)) : null;

export const KEPT_STATEMENTS: Readonly<Record<KeptTable, KeptStatement>> = {
  ...statementsFor(TABLES),
  lateAttempts: {
    ...lateStatement(schema.attempts),
    lastWords: (rows) => rows,
    columnsOf: (row) => attemptColumns(row as unknown as AttemptRow),
    partedBy: (row) => (row as unknown as AttemptRow).recordedAtMs,
  },
};
