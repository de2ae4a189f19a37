// Where a page of a series ended, as text that goes into a URL as it is: the place, and what it was asked of.
import type { SeriesPlace, SeriesQuestion } from '../ports/analytics-port.ts';

type Asked = Pick<SeriesQuestion, 'bucket' | 'by'>;

export function cursorText({ atMs, keys }: SeriesPlace, asked: Asked): string {
  const bytes = new TextEncoder().encode(JSON.stringify([atMs, questionText(asked), ...keys]));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** `null`: it was never given out for this question. */
export function readCursor(text: string, asked: Asked): SeriesPlace | null {
  let told: unknown;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    told = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.charCodeAt(0))));
  } catch {
    return null;
  }
  if (!Array.isArray(told)) return null;
  const [atMs, question, ...keys] = told as unknown[];
  if (typeof atMs !== 'number' || !Number.isSafeInteger(atMs) || Math.abs(atMs) > 8.64e15) return null;
  if (question !== questionText(asked) || keys.length !== asked.by.length) return null;
  const texts = keys.filter((key): key is string => typeof key === 'string' && !key.includes('\u0000'));
  return texts.length === keys.length ? { atMs, keys: texts } : null;
}

const questionText = ({ bucket, by }: Asked): string => [bucket, ...by].join(' ');
