// The book of predictions as it is kept: with a revision, so that of two runs one counts, and with what history has not been told yet.
import type { PredictionRow } from '../history/kept-rows.ts';
import { RESIDUAL } from '../segment.ts';
import { EMPTY_BOOK, type EndedPrediction, type OpenPrediction, type PredictionBook } from './prediction-book.ts';

export interface PredictionShelf {
  /** Rises with every change. */
  readonly revision: number;
  readonly book: PredictionBook;
  /** Ids of predictions that have changed since history was told of them. */
  readonly untold: readonly string[];
}

export const EMPTY_SHELF: PredictionShelf = { revision: 0, book: EMPTY_BOOK, untold: [] };
const FORMAT = 1;

export const turnedShelf = (
  shelf: PredictionShelf,
  book: PredictionBook,
  changed: readonly string[],
): PredictionShelf => {
  const kept = new Set([...book.open, ...book.ended].map(({ id }) => id));
  const untold = [...new Set([...shelf.untold, ...changed])].filter((id) => kept.has(id));
  return { revision: shelf.revision + 1, book, untold };
};

export const toldShelf = (shelf: PredictionShelf, told: ReadonlySet<string>): PredictionShelf => ({
  ...shelf,
  revision: shelf.revision + 1,
  untold: shelf.untold.filter((id) => !told.has(id)),
});

/** As they are now. */
export function untoldOf({ book, untold }: PredictionShelf): readonly PredictionRow[] {
  const wanted = new Set(untold);
  return [...book.open, ...book.ended].filter(({ id }) => wanted.has(id)).map(rowOf);
}

function rowOf(prediction: OpenPrediction | EndedPrediction): PredictionRow {
  const end = 'outcome' in prediction ? prediction : null;
  return {
    id: prediction.id,
    kind: prediction.kind,
    processorId: prediction.processorId,
    scope: RESIDUAL,
    madeAtMs: prediction.openedAtMs,
    probability: prediction.probability,
    windowFromMs: prediction.window.fromMs,
    windowToMs: prediction.window.toMs,
    evidence: prediction.evidence,
    recommendedAction: prediction.recommendedAction,
    outcome: end?.outcome ?? null,
    judgedAtMs: end?.endedAtMs ?? null,
  };
}

export const writeShelf = (shelf: PredictionShelf): string => JSON.stringify({ format: FORMAT, ...shelf });

/** Throws on a format of newer code: what is not understood must not be written over. */
export function readShelf(text: string): PredictionShelf {
  const { format, ...shelf } = JSON.parse(text) as { readonly format: number } & PredictionShelf;
  if (format > FORMAT || shelf.book.format > EMPTY_BOOK.format)
    throw new Error(`the book of predictions has format ${format}, newer than this code, which knows ${FORMAT}`);
  return shelf;
}
