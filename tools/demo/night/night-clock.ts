// A minute of the night demo as people read it.
import { DAY_MINUTES, QUIET_DAYS } from './truth.ts';

/** `day 1 09:05`; the quiet days before it are `eve 1` and so on. */
export function clockOf(minute: number): string {
  const day = Math.floor(minute / DAY_MINUTES);
  const [hour, rest] = [Math.floor((minute - day * DAY_MINUTES) / 60), Math.floor(minute - day * DAY_MINUTES) % 60];
  const name = day < 0 ? `eve ${day + QUIET_DAYS + 1}` : `day ${day + 1}`;
  return `${name} ${String(hour).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

export function span(minutes: number): string {
  if (minutes < 1) return `${Math.max(1, Math.round(minutes * 60))} s`;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}
