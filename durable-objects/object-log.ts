// The log of the objects' own work: what a line may hold says log-line.ts.
import { type LogLine, logText } from '../src/domain/log-line.ts';

export function log(line: LogLine): void {
  console.error(logText(line));
}
