// Calls that wait for one commit of a processor's object, and what of them goes into its journal: all but the repeats that the kept keys know.
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { ProcessorCommand } from '../src/domain/health/processor-state.ts';
import type { Heard } from '../src/domain/unknowns/unknown-attempt.ts';
import type { RecordReply } from '../src/ports/processor-port.ts';
import type { SegmentKey } from '../src/domain/identity.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

/** What one call brought. */
export interface Taken {
  /** As they will stand in the journal. */
  readonly text: string;
  readonly results: readonly CanonicalResult[];
  /** By the places of the results; what is missing is not told. */
  readonly told: readonly (AttemptTelling | null)[];
}

export interface Waiting extends Taken {
  /** The life of the processor they were sent to: if it ends before they are committed, they were of no one. */
  readonly state: object;
  readonly answer: (reply: RecordReply) => void;
}

export const countOf = (batch: readonly Waiting[]): number =>
  batch.reduce((sum, { results }) => sum + results.length, 0);

export const resultsOf = (batch: readonly Waiting[]): readonly CanonicalResult[] =>
  batch.length === 1 ? batch[0]!.results : batch.flatMap(({ results }) => results);

/** As many as results. */
export const tellingsOf = (batch: readonly Waiting[]): readonly (AttemptTelling | null)[] =>
  batch.flatMap(({ results, told }) => results.map((_, index) => told[index] ?? null));

/** Characters of JSON in one row, unless a single call brings more: a row may have 2 MB, a character up to 3 bytes. */
const CHARACTERS_PER_COMMIT = 600_000;

/** Whole calls, oldest first, as many as fit one row. */
export function callsForOneRow(waiting: readonly Waiting[]): readonly Waiting[] {
  let characters = 0;
  let calls = 0;
  for (const { text } of waiting) {
    if (calls > 0 && characters + text.length > CHARACTERS_PER_COMMIT) break;
    characters += text.length;
    calls += 1;
  }
  return waiting.slice(0, calls);
}

type ResultsCommand = Extract<ProcessorCommand, { readonly kind: 'results' }>;

export interface Fresh {
  readonly command: ResultsCommand;
  /** The command as JSON. */
  readonly text: string;
}

/** `null`: there is nothing to apply. `known`: by their places among all results of the batch. */
export function freshOf(
  at: number,
  batch: readonly Waiting[],
  all: readonly CanonicalResult[],
  known: ReadonlyMap<number, unknown>,
): Fresh | null {
  const results = known.size === 0 ? all : all.filter((_, index) => !known.has(index));
  if (results.length === 0) return null;
  const command = { kind: 'results', at, results } as const;
  return { command, text: known.size === 0 ? journalText(at, batch) : JSON.stringify(command) };
}

/** From the texts of its calls: what is long is written out once. */
function journalText(at: number, batch: readonly Waiting[]): string {
  const results = batch.map(({ text }) => text.slice(1, -1)).filter((text) => text !== '');
  return `{"kind":"results","at":${at},"results":[${results.join(',')}]}`;
}

/** Of all results, in their order: the known ones' own outcomes, and between them those that were applied. */
export function outcomesOfAll(
  count: number,
  known: ReadonlyMap<number, RecordOutcome>,
  applied: readonly RecordOutcome[],
): readonly RecordOutcome[] {
  if (known.size === 0) return applied;
  let next = 0;
  return Array.from({ length: count }, (_, index) => known.get(index) ?? applied[next++]!);
}

/** What is heard of attempts whose outcome may be unknown. A repeat ends what is unknown, and opens nothing. */
export function heardOf(
  batch: readonly Waiting[],
  results: readonly CanonicalResult[],
  outcomes: readonly RecordOutcome[],
  known: ReadonlyMap<number, unknown>,
): { readonly news: readonly Omit<Heard, 'final'>[]; readonly ends: readonly Omit<Heard, 'final'>[] } {
  const tellings = tellingsOf(batch);
  const heard = results.map((result, index) => ({
    result,
    outcome: outcomes[index]!.outcome,
    telling: tellings[index]!,
  }));
  if (known.size === 0) return { news: heard, ends: [] };
  return {
    news: heard.filter((_, index) => !known.has(index)),
    ends: heard.filter(({ result }, index) => known.has(index) && result.result !== 'timeout'),
  };
}

/** Each call by its own part of the outcomes; one with a single result is told the row of its segment, which calls of one commit share. */
export function answerAll(
  batch: readonly Waiting[],
  outcomes: readonly RecordOutcome[],
  rowOf: (only: ReadonlySet<SegmentKey>) => StatusRow,
): void {
  const rows = new Map<SegmentKey, StatusRow>();
  const rowFor = (segment: SegmentKey): StatusRow => {
    const row = rows.get(segment) ?? rowOf(new Set([segment]));
    rows.set(segment, row);
    return row;
  };
  let start = 0;
  for (const { results, answer } of batch) {
    const end = start + results.length;
    answer({
      ok: true,
      outcomes: outcomes.slice(start, end),
      row: results.length === 1 ? rowFor(results[0]!.segment) : null,
    });
    start = end;
  }
}
