// Window entries for tests: written as the seed contract writes its vectors, e.g. `5A5E`.
import type { WindowEntry } from '../../../src/domain/health/window.ts';

export const NOW = 1_760_000_000_000;

const RESULTS = { A: 'approved', D: 'declined', E: 'error', T: 'timeout' } as const;

export function entry(fields: Partial<WindowEntry> & { readonly serial: number }): WindowEntry {
  const { serial, ...given } = fields;
  const result = given.result ?? 'approved';
  return {
    timeMs: NOW - 1_000,
    idHash: serial.toString(16).padStart(16, '0'),
    result,
    technical: result === 'error' || result === 'timeout',
    latencyMs: 120,
    feeMinor: null,
    amountMinor: 1_000,
    ...given,
  };
}

/** `50E24A`: fifty errors, then twenty-four approvals, a millisecond apart, the last one just now. */
export function sequence(text: string, lastAtMs = NOW): WindowEntry[] {
  const letters = [...text.matchAll(/(\d+)([ADET])/g)].flatMap(([, count, letter]) =>
    Array<string>(Number(count)).fill(letter!),
  );
  return letters.map((letter, index) =>
    entry({
      serial: index,
      timeMs: lastAtMs - (letters.length - 1 - index),
      result: RESULTS[letter as keyof typeof RESULTS],
    }),
  );
}
