// When a result happened: reads the time a source gives, and says whether it may still move live state or is history only.

/** A clock may be this far ahead of ours; more is refused, or a stamp from the future would never leave the window. */
export const AHEAD_MAX_MS = 5 * 60_000;
/** What is older cannot be checked for duplicates, so it changes no live state. */
export const HORIZON_MS = 24 * 60 * 60_000;

export type TimestampReading =
  | {
      readonly ok: true;
      readonly eventTimeMs: number;
      readonly hasOwnEventTime: boolean;
      readonly historyOnly: boolean;
    }
  | { readonly ok: false; readonly reason: 'not_rfc3339' | 'no_zone' | 'out_of_range' | 'ahead' };

const RFC_3339 =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<fraction>\.\d{1,12})?(?<zone>[Zz]|[+-]\d\d:\d\d)?$/;

/** RFC 3339 with a zone; `null` means the moment of arrival. A fraction is cut to milliseconds. */
export function readTimestamp(text: string | null, nowMs: number): TimestampReading {
  if (text === null) return { ok: true, eventTimeMs: nowMs, hasOwnEventTime: false, historyOnly: false };
  const parts = RFC_3339.exec(text)?.groups;
  if (parts === undefined) return { ok: false, reason: 'not_rfc3339' };
  if (parts['zone'] === undefined) return { ok: false, reason: 'no_zone' };
  const offsetMs = zoneOffsetMs(parts['zone']);
  const localMs = calendarMs(parts);
  if (offsetMs === null || localMs === null) return { ok: false, reason: 'out_of_range' };
  const eventTimeMs = localMs - offsetMs;
  if (eventTimeMs > nowMs + AHEAD_MAX_MS) return { ok: false, reason: 'ahead' };
  return { ok: true, eventTimeMs, hasOwnEventTime: true, historyOnly: eventTimeMs < nowMs - HORIZON_MS };
}

function zoneOffsetMs(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** `null` for what the calendar does not have, such as 30 February, and for years before 1970. */
function calendarMs(parts: Record<string, string | undefined>): number | null {
  const part = (name: string): number => Number(parts[name]);
  const [year, month, day, hour, minute, second] = [
    part('year'),
    part('month'),
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  ];
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59) return null;
  if (Date.UTC(year, month - 1, day) >= Date.UTC(year, month, 1)) return null;
  // Second 60 is a leap second (RFC 3339, 5.6): the end of a minute 59 in UTC, seen from a zone of quarter hours. It is read as the second after.
  if (second > 60 || (second === 60 && minute % 15 !== 14)) return null;
  const milliseconds = Number((parts['fraction'] ?? '.').slice(1, 4).padEnd(3, '0'));
  return Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds;
}
