// What is kept of an entry that nobody could record: card numbers masked, and no more than a letter may hold.
import { maskCardNumbers } from '../domain/results/card-number.ts';
import type { DeadLetter, StreamEntry } from '../ports/stream-port.ts';

/** Of the names and values of all fields: a letter too large to be kept would come back for ever. */
export const LETTER_CHARACTERS_MAX = 65_536;
/** What a field costs beside its text, so that a great many empty ones have an end, too. */
const FIELD_CHARACTERS = 8;

export function deadLetterOf(
  entry: StreamEntry,
  { reason, field }: Pick<DeadLetter, 'reason' | 'field'>,
  atMs: number,
): DeadLetter {
  const { fields, isCut } = cutFields(entry.fields);
  return { entry: { ...entry, fields }, reason, field, atMs, isCut };
}

function cutFields(fields: StreamEntry['fields']): Pick<DeadLetter, 'isCut'> & Pick<StreamEntry, 'fields'> {
  const kept: (readonly [string, string])[] = [];
  let left = LETTER_CHARACTERS_MAX;
  for (const pair of fields) {
    // Masked before it is cut: half a card number is one that nobody finds.
    const [name, value] = [maskCardNumbers(pair[0]), maskCardNumbers(pair[1])];
    left -= FIELD_CHARACTERS;
    if (left <= 0) return { fields: kept, isCut: true };
    const cutName = name.slice(0, left);
    const cutValue = value.slice(0, left - cutName.length);
    kept.push([cutName, cutValue]);
    left -= name.length + value.length;
    if (left < 0) return { fields: kept, isCut: true };
  }
  return { fields: kept, isCut: false };
}
