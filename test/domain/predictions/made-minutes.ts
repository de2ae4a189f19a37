// Minutes of a processor as tests of predictions want them: calm ones without chance, and what is laid over them.
import type { ProcessorMinute } from '../../../src/domain/predictions/processor-minute.ts';
import type { ProcessorPast } from '../../../src/domain/predictions/predict.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';

export const MINUTE_MS = 60_000;
export const DAY = 1_440;
/** A Monday, at noon. */
export const NOW = 29_401_200;
export const NOW_MS = NOW * MINUTE_MS;
export const PROCESSOR = asProcessorId('acme');

/** `back`: minutes before NOW, 1 for the newest. */
export type Shape = (back: number) => Partial<ProcessorMinute>;

/** Sixty attempts a minute, one in a hundred failing, without chance. */
export function minutesOf(shape: Shape = () => ({}), length = DAY): ProcessorMinute[] {
  return Array.from({ length }, (_, i) => {
    const back = length - i;
    return {
      minute: NOW - back,
      attempts: 60,
      failures: back % 2,
      timeouts: 0,
      latencyP50Ms: 400,
      latencyP95Ms: 1_000,
      breakerTransitions: 0,
      breakerOpenings: 0,
      breakerClosings: 0,
      queueDepth: 0,
      ...shape(back),
    };
  });
}

export function pastOf(minutes: readonly ProcessorMinute[], given: Partial<ProcessorPast> = {}): ProcessorPast {
  return { processorId: PROCESSOR, minutes, outlook: [], maxTps: null, timeoutMs: null, isReplaceable: true, ...given };
}

/** From nothing an hour ago to `top` now, in a straight line. */
export function risen(back: number, top: number): number {
  return top * Math.max(0, 1 - back / 60);
}

/** Outages that began so long ago: each opens, tries, and closes a minute later; every attempt that fails makes two changes more. */
export function outages(backs: readonly number[], failing = 0): Shape {
  return (back) => {
    const after = backs.map((first) => first - back).filter((minutes) => minutes >= 0 && minutes < 3 + 2 * failing);
    return {
      breakerTransitions: after.length,
      breakerOpenings: after.filter((minutes) => minutes === 0).length,
      breakerClosings: after.filter((minutes) => minutes === 2 + 2 * failing).length,
    };
  };
}
