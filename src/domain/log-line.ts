// What may be written to the log: these fields and no others, as one line of JSON, with card numbers masked.
import { maskCardNumbers } from './results/card-number.ts';

export interface LogLine {
  readonly event:
    | 'uncaught'
    | 'refused'
    | 'card_number_hashed'
    | 'card_number_refused'
    | 'stream_step_crashed'
    | 'job_failed'
    | 'unknown_cron'
    | 'misconfigured'
    | 'overloaded'
    | 'events_untold'
    | 'history_away'
    | 'history_row_refused';
  /** Of a request; an object's own work has none. */
  readonly request_id?: string;
  readonly job?: string;
  readonly method?: string;
  /** The declared path with its placeholders, never the path that was sent. */
  readonly route?: string;
  readonly status?: number;
  readonly code?: string;
  readonly key_id?: string | null;
  readonly error_name?: string;
  readonly error_message?: string;
  readonly count?: number;
}

const ALLOWED = [
  'event',
  'request_id',
  'job',
  'method',
  'route',
  'status',
  'code',
  'key_id',
  'error_name',
  'error_message',
  'count',
] as const satisfies readonly (keyof LogLine)[];
const TEXT_MAX = 500;

export function logText(line: LogLine): string {
  const kept = ALLOWED.flatMap((field) => (line[field] === undefined ? [] : [[field, safe(line[field])]]));
  return JSON.stringify(Object.fromEntries(kept));
}

/** An error's message may quote the request. */
function safe(value: string | number | null): string | number | null {
  if (typeof value !== 'string') return value;
  return maskCardNumbers(value.slice(0, TEXT_MAX));
}
