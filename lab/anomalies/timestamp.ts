// Reads the time of a row, in any of the ways that monitoring exports write it.

/** Numbers below are seconds since 1970 (until the year 5138), above milliseconds (from 1973 on). */
const SECONDS_MAX = 1e11;
const DATE_MAX_MS = 8.64e15;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/i;
/** As spreadsheets of the United States write it. */
const MONTH_FIRST = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AP]M))?)?$/i;
const DAY_MINUTES = 1_440;

/** Epoch ms; a date without a zone is UTC. `null`: it is no time. */
export function readTimestamp(text: string): number | null {
  if (NUMBER.test(text)) {
    const number = Number(text);
    const ms = Math.abs(number) < SECONDS_MAX ? number * 1_000 : number;
    return Math.abs(ms) <= DATE_MAX_MS ? ms : null;
  }
  const parts = DATE.exec(isoText(text));
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = offsetMinutes(parts[8]);
  const midnight = new Date(Date.UTC(2000, month - 1, day));
  midnight.setUTCFullYear(year, month - 1, day);
  const isDay = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!isDay || hour > 24 || minute > 59 || second > 60 || Math.abs(offset) >= DAY_MINUTES) return null;
  if (hour === 24 && (minute > 0 || second > 0)) return null;
  const fractionMs = Number(`0.${parts[7] ?? 0}`) * 1_000;
  return midnight.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + fractionMs;
}

/** Others as they are. */
function isoText(text: string): string {
  const parts = MONTH_FIRST.exec(text);
  if (parts === null) return text;
  const [month, day, year, hour = '0', minute = '00', second = '00'] = parts.slice(1);
  const half = parts[7]?.toLowerCase();
  if (half !== undefined && !(Number(hour) >= 1 && Number(hour) <= 12)) return text;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  const two = (part: string | number | undefined): string => String(part).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hours)}:${minute}:${second}`;
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)];
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
