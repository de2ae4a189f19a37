// Volumes hour by hour, where history has no row of an hour without a payment: hours of a quiet night hold nothing, a longer silence is a gap.
import type { HourPast } from './hour-past.ts';

const QUIET_HOURS_MAX = 23;

/** `past` ascending; between its first hour and its last. */
export function quietFilled(past: readonly HourPast[]): readonly Pick<HourPast, 'hour' | 'attempts'>[] {
  const volumes: Pick<HourPast, 'hour' | 'attempts'>[] = [];
  for (const { hour, attempts } of past) {
    const last = volumes.at(-1)?.hour ?? hour - 1;
    if (hour - last - 1 <= QUIET_HOURS_MAX)
      for (let quiet = last + 1; quiet < hour; quiet += 1) volumes.push({ hour: quiet, attempts: 0 });
    volumes.push({ hour, attempts });
  }
  return volumes;
}
