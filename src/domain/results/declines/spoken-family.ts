// In whose words the codes of an event are: a source that reports for several processors hands on each one's own.
import { DECLINE_FAMILIES } from './decline-record.ts';
import { familyOf } from './decline-tables.ts';

/** `connectorName` as the source says it; one whose words nobody has listed is read in the source's own. */
export function spokenFamily(connectorName: string | null, source: string): string {
  const family = familyOf(connectorName);
  if (family === null) return source;
  const { kind } = DECLINE_FAMILIES[family];
  return kind === 'processor' || kind === 'rail' ? family : source;
}
