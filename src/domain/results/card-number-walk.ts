// Looks for a card number anywhere in a JSON value, keys included, within bounds; what is past them is refused, not waved through.
import { isCardNumber } from './card-networks.ts';
import { holdsCardNumber } from './card-number.ts';

export interface CardFinding {
  /** Such as `transactions[3].metadata.note`; a key that is itself a card number is shown as `*`. */
  readonly path: string;
  /** All but `card_number`: not searched to the end, so it cannot be said to be clean. `rounded`: a number whose last digits JSON has lost. */
  readonly reason: 'card_number' | 'rounded' | 'too_deep' | 'too_large';
}

export const DEPTH_MAX = 32;
/** Values and keys. A batch of 1,000 results with 25 fields has 50,000. */
export const NODES_MAX = 250_000;
/** Code units of text; request bodies end at 2 MB. */
export const CHARACTERS_MAX = 4_000_000;

const ROUNDED_MAX = 1e20;

interface Budget {
  nodes: number;
  characters: number;
}

/** Failing closed: `null` only when everything was looked at. `path` names the value itself, `''` for a whole body. */
export function hasCardNumberIn(value: unknown, path: string): CardFinding | null {
  return search(value, path, { nodes: NODES_MAX, characters: CHARACTERS_MAX }, 0);
}

function search(value: unknown, path: string, budget: Budget, depth: number): CardFinding | null {
  if (typeof value === 'string') return searchText(value, path, budget);
  if (--budget.nodes < 0) return { path, reason: 'too_large' };
  if (typeof value === 'number') return searchNumber(value, path);
  if (typeof value === 'bigint') return isCardNumber(String(value)) ? { path, reason: 'card_number' } : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= DEPTH_MAX) return { path, reason: 'too_deep' };
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const found = search(value[at], '', budget, depth + 1);
      if (found !== null) return { path: joined(path, `[${at}]`, found.path), reason: found.reason };
    }
    return null;
  }
  for (const [key, item] of Object.entries(value)) {
    const inKey = searchText(key, '*', budget);
    if (inKey !== null) return { path: joined(path, '*', ''), reason: inKey.reason };
    const found = search(item, '', budget, depth + 1);
    if (found !== null) return { path: joined(path, key.slice(0, 64), found.path), reason: found.reason };
  }
  return null;
}

/** By its whole part, whatever its sign. Beyond 2^53 its digits are not the ones that were sent; of 21 and more no card number is made. */
function searchNumber(value: number, path: string): CardFinding | null {
  const whole = Math.trunc(Math.abs(value));
  if (whole > Number.MAX_SAFE_INTEGER) return whole < ROUNDED_MAX ? { path, reason: 'rounded' } : null;
  return isCardNumber(String(whole)) ? { path, reason: 'card_number' } : null;
}

function searchText(text: string, path: string, budget: Budget): CardFinding | null {
  budget.characters -= text.length;
  if (--budget.nodes < 0 || budget.characters < 0) return { path, reason: 'too_large' };
  return holdsCardNumber(text) ? { path, reason: 'card_number' } : null;
}

/** Paths are put together on the way back only, so that looking costs no text. */
function joined(...steps: readonly string[]): string {
  return steps.reduce(
    (path, step) => (path === '' || step === '' || step.startsWith('[') ? path + step : `${path}.${step}`),
    '',
  );
}
