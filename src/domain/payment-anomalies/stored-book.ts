// What the book of anomalies keeps, as text: plain JSON with a format number; a newer format is refused rather than begun anew.
import type { ActLog } from './known-acts.ts';
import type { Anomaly } from './anomaly.ts';
import type { IncidentBook } from './incident-book.ts';
import type { KeptScope } from './house-watch.ts';

const FORMAT = 1;

export const writeAnomaly = (anomaly: Anomaly): string => JSON.stringify(anomaly);
export const readAnomaly = (text: string): Anomaly => read<Anomaly>(text, ({ format }) => format);
export const writeIncidents = (book: IncidentBook): string => JSON.stringify(book);
export const readIncidents = (text: string): IncidentBook => read<IncidentBook>(text, ({ format }) => format);
export const writeScope = (scope: KeptScope): string => JSON.stringify(scope);
export const readScope = (text: string): KeptScope => read<KeptScope>(text, ({ watch }) => watch.format);

export const writeActs = (acts: ActLog): string => JSON.stringify(acts);
export const readActs = (text: string): ActLog => JSON.parse(text) as ActLog;

function read<Kept>(text: string, formatOf: (kept: Kept) => number): Kept {
  const kept = JSON.parse(text) as Kept;
  const format = formatOf(kept);
  if (format !== FORMAT)
    throw new Error(`anomalies of format ${format} are newer than this code, which knows ${FORMAT}`);
  return kept;
}
