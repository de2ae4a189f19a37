// How dead letters are written and read where they are kept: one text for each, and no more of them in a request than Upstash takes.
import { z } from 'zod';
import type { DeadLetter, KeptLetter } from '../ports/stream-port.ts';

const LetterText = z.object({
  format: z.literal(1),
  entryId: z.string(),
  fields: z.array(z.tuple([z.string(), z.string()])),
  deliveries: z.number(),
  reason: z.string(),
  field: z.string().nullable(),
  atMs: z.number(),
  isCut: z.boolean(),
});

export interface WrittenLetter {
  readonly entryId: string;
  readonly text: string;
}

/** Of the letters of one request as they are sent: Upstash takes 10 MB, and escapes make texts longer. */
const REQUEST_CHARACTERS_MAX = 1_000_000;

export function requestsOf(letters: readonly DeadLetter[]): readonly (readonly WrittenLetter[])[] {
  const requests: WrittenLetter[][] = [];
  let characters = Infinity;
  for (const letter of letters) {
    const written = { entryId: letter.entry.id, text: letterText(letter) };
    const length = JSON.stringify(written.text).length;
    if (characters + length > REQUEST_CHARACTERS_MAX) {
      requests.push([]);
      characters = 0;
    }
    requests.at(-1)!.push(written);
    characters += length;
  }
  return requests;
}

function letterText({ entry, reason, field, atMs, isCut }: DeadLetter): string {
  const { id: entryId, fields, deliveries } = entry;
  return JSON.stringify({ format: 1, entryId, fields, deliveries, reason, field, atMs, isCut });
}

/** What somebody else put there is no letter. */
export function letterOf(id: string, text: string | undefined): readonly KeptLetter[] {
  try {
    const { entryId, fields, deliveries, reason, field, atMs, isCut } = LetterText.parse(JSON.parse(text ?? ''));
    return [{ id, entry: { id: entryId, fields, deliveries }, reason, field, atMs, isCut }];
  } catch {
    return [];
  }
}
