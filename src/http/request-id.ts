// The id that a request goes by in its answer and in the log: the caller's own, or one that is drawn.
import { holdsCardNumber } from '../domain/results/card-number.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const LETTERS = '0123456789abcdef';
const ID_LETTERS = 32;

/** Someone else's id is kept only if it may be written to a log. */
export const requestIdOf = (sent: string | undefined): string =>
  sent !== undefined && REQUEST_ID.test(sent) && !holdsCardNumber(sent) ? sent : newRequestId();

/** Drawn for many ids at once: each call of the platform costs a busy isolate more than the letters. */
const drawn = new Uint8Array(64 * ID_LETTERS);
let left = 0;
const codes = Array.from(`req_${'0'.repeat(ID_LETTERS)}`, (letter) => letter.charCodeAt(0));

/** `req_` and 128 bits. */
function newRequestId(): string {
  if (left === 0) left = crypto.getRandomValues(drawn).length;
  for (let place = codes.length - ID_LETTERS; place < codes.length; place += 1)
    codes[place] = LETTERS.charCodeAt(drawn[(left -= 1)]! & 15);
  return String.fromCharCode(...codes);
}
