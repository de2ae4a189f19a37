// The log of requests: what a line may hold says log-line.ts.
import { type LogLine, logText } from '../domain/log-line.ts';

export function log(line: LogLine & { readonly request_id: string }): void {
  console.error(logText(line));
}
