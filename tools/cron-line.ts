// Says whether a five-field cron line is due in a given minute, as Cloudflare reads it: UTC, weekdays 1 (Sunday) to 7.

/** Throws on a line with more or fewer than five fields, or one with what only Quartz knows (`L`, `W`, `#`). */
export function isDue(line: string, moment: Date): boolean {
  const fields = line.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday)
    throw new Error(`not a cron line: ${line}`);
  const days = [matches(day, moment.getUTCDate(), 1), matches(weekday, moment.getUTCDay() + 1, 1)];
  // As in cron: two restricted day fields are alternatives, otherwise the restricted one decides.
  const isDay = day !== '*' && weekday !== '*' ? days.includes(true) : !days.includes(false);
  const isTime = matches(minute, moment.getUTCMinutes(), 0) && matches(hour, moment.getUTCHours(), 0);
  return isTime && isDay && matches(month, moment.getUTCMonth() + 1, 1);
}

const WORDS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function matches(field: string, value: number, lowest: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', stepText] = part.split('/');
    const [fromText = '', toText] = range.split('-');
    const from = fromText === '*' ? lowest : numberOf(fromText);
    const isOpen = fromText === '*' || (stepText !== undefined && toText === undefined);
    const to = isOpen ? Infinity : toText === undefined ? from : numberOf(toText);
    const step = stepText === undefined ? 1 : numberOf(stepText);
    return value >= from && value <= to && (value - from) % step === 0;
  });
}

function numberOf(text: string): number {
  const word = text.toUpperCase();
  const named = Math.max(WORDS.indexOf(word), MONTHS.indexOf(word)) + 1;
  if (named > 0) return named;
  if (!/^\d+$/.test(text)) throw new Error(`cannot read ${text} in a cron line`);
  return Number(text);
}
