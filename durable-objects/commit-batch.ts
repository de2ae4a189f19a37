// Calls that wait for one commit of a processor's object, and what of them goes into its journal: all but the repeats that the kept keys know.
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { ProcessorCommand, ProcessorState } from '../src/domain/health/processor-state.ts';
import type { Heard } from '../src/domain/unknowns/unknown-attempt.ts';
import type { RecordReply } from '../src/ports/processor-port.ts';

export interface Waiting {
  /** The life of the processor they were sent to: if it ends before they are committed, they were of no one. */
  readonly state: ProcessorState;
  /** As they will stand in the journal. */
  readonly text: string;
  readonly results: readonly CanonicalResult[];
  /** As many as results. */
  readonly tellings: readonly (AttemptTelling | null)[];
  readonly answer: (reply: RecordReply) => void;
}

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
export function freshOf(at: number, batch: readonly Waiting[], known: ReadonlyMap<number, unknown>): Fresh | null {
  const all = batch.flatMap(({ results }) => results);
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
  let next = 0;
  return Array.from({ length: count }, (_, index) => known.get(index) ?? applied[next++]!);
}

/** What is heard of attempts whose outcome may be unknown. A repeat ends what is unknown, and opens nothing. */
export function heardOf(
  batch: readonly Waiting[],
  outcomes: readonly RecordOutcome[],
  known: ReadonlyMap<number, unknown>,
): { readonly news: readonly Omit<Heard, 'final'>[]; readonly ends: readonly Omit<Heard, 'final'>[] } {
  const tellings = batch.flatMap((waiting) => waiting.tellings);
  const heard = batch
    .flatMap(({ results }) => results)
    .map((result, index) => ({ result, outcome: outcomes[index]!.outcome, telling: tellings[index] ?? null }));
  return {
    news: heard.filter((_, index) => !known.has(index)),
    ends: heard.filter(({ result }, index) => known.has(index) && result.result !== 'timeout'),
  };
}
