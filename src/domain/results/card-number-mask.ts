// Takes card numbers out of a JSON value that nobody may refuse: a webhook, or what could not be understood of one. Rules: SPEC.md [PAN].
import { DEPTH_MAX } from './card-number-walk.ts';
import { holdsCardNumber, maskCardNumbers } from './card-number.ts';
import { isCardNumber } from './card-networks.ts';

/** In place of what lies too deep to be looked at. */
export const NOT_SEARCHED = '[too deep]';

/** Of a number: sign and fraction aside. */
const WHOLE = /^-?(\d+)(?:\.\d+)?$/;

export interface Masked {
  readonly value: unknown;
  /** Texts, numbers and names of fields that were masked, and branches that were cut. */
  readonly count: number;
}

/** The value given is left as it is. Two names that are one after masking: the later stands. */
export function maskCardNumbersIn(value: unknown): Masked {
  let count = 0;
  const maskText = (text: string): string => {
    if (!holdsCardNumber(text)) return text;
    count += 1;
    return maskCardNumbers(text);
  };
  const maskNumber = (held: number | bigint): unknown => {
    const whole = WHOLE.exec(String(held))?.[1] ?? '';
    if (!isCardNumber(whole)) return held;
    count += 1;
    return '*'.repeat(whole.length);
  };
  const mask = (held: unknown, depth: number): unknown => {
    if (typeof held === 'string') return maskText(held);
    if (typeof held === 'number' || typeof held === 'bigint') return maskNumber(held);
    if (typeof held !== 'object' || held === null) return held;
    if (depth >= DEPTH_MAX) {
      count += 1;
      return NOT_SEARCHED;
    }
    if (Array.isArray(held)) return held.map((item: unknown) => mask(item, depth + 1));
    return Object.fromEntries(
      Object.entries(held).map(([name, item]) => [maskText(name), mask(item, depth + 1)]),
    ) as unknown;
  };
  return { value: mask(value, 0), count };
}
