// The tables as a caller may read them: plain JSON, sorted, with source and edition of every entry.
import type { AdviceRecord } from './advice-records.ts';
import { ADVICE_RECORDS } from './advice-records.ts';
import { DECLINE_CLASSES, DECLINE_FAMILIES, DECLINE_FAULTS } from './decline-record.ts';
import type { DeclineClass, DeclineFamily, DeclineFault, DeclineRecord, FamilyFacts } from './decline-record.ts';
import { DECLINE_RECORDS, familyOf, isInForce } from './decline-tables.ts';
import { DECLINE_DEFAULTS, type DeclineDefault } from './read-decline.ts';

export interface DeclineListing {
  readonly classes: readonly DeclineClass[];
  readonly faults: readonly DeclineFault[];
  readonly families: readonly (Pick<FamilyFacts, 'name' | 'kind'> & { readonly id: DeclineFamily })[];
  readonly records: readonly DeclineRecord[];
  readonly advice: readonly AdviceRecord[];
  readonly defaults: readonly DeclineDefault[];
}

export interface ListingFilter {
  /** Only this family's; `null`: all. A name that is no family's lists nothing. */
  readonly family: string | null;
  /** Only what is in force then; `null`: with what no longer holds or does not hold yet. */
  readonly at: number | null;
}

export function listDeclines({ family, at }: ListingFilter): DeclineListing {
  const wanted = familyOf(family);
  const isWanted = (of: DeclineFamily): boolean => family === null || of === wanted;
  const records = DECLINE_RECORDS.filter((record) => isWanted(record.family));
  return {
    classes: DECLINE_CLASSES,
    faults: DECLINE_FAULTS,
    families: (Object.keys(DECLINE_FAMILIES) as DeclineFamily[])
      .filter(isWanted)
      .sort()
      .map((id) => ({ id, name: DECLINE_FAMILIES[id].name, kind: DECLINE_FAMILIES[id].kind })),
    records: (at === null ? records : newestOf(records, at)).toSorted(byId),
    advice: ADVICE_RECORDS.filter((record) => isWanted(record.family)).toSorted(byId),
    defaults: Object.values(DECLINE_DEFAULTS),
  };
}

/** Of the editions of one code the newest that is in force. */
function newestOf(records: readonly DeclineRecord[], at: number): DeclineRecord[] {
  const newest = new Map<string, DeclineRecord>();
  for (const record of records.filter((each) => isInForce(each, at))) {
    const key = `${record.family}:${record.code}@${record.region ?? ''}`;
    const held = newest.get(key);
    if (held === undefined || (held.holdsFrom ?? '') < (record.holdsFrom ?? '')) newest.set(key, record);
  }
  return [...newest.values()];
}

const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  left.id < right.id ? -1 : Number(left.id > right.id);
