// Wraps a stream port so that its caller dies at one call, right before it is made or right after it was done.
import type { StreamPort } from '../../src/ports/stream-port.ts';

export class Crash extends Error {}

export interface CrashPoint {
  /** Counted from 0 over all calls. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface CrashingPort {
  readonly port: StreamPort;
  /** Names of the calls made, the last one cut short if it crashed. */
  readonly calls: readonly string[];
}

/** `null` never crashes, and only counts. */
export function crashingPort(real: StreamPort, point: CrashPoint | null): CrashingPort {
  const calls: string[] = [];
  const port = new Proxy(real, {
    get(target, name: keyof StreamPort) {
      return async (...words: never[]): Promise<unknown> => {
        const isHere = calls.push(name) - 1 === point?.call;
        if (isHere && point.when === 'before') throw new Crash(name);
        const answer = await (target[name] as (...given: never[]) => Promise<unknown>).apply(target, words);
        if (isHere) throw new Crash(name);
        return answer;
      };
    },
  });
  return { port, calls };
}
