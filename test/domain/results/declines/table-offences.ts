// What is wrong with decline records, each in a sentence: for the tables themselves, and for bad ones that prove the check can fail.
import type { AdviceRecord } from '../../../../src/domain/results/declines/advice-records.ts';
import {
  DECLINE_FAMILIES,
  normalCode,
  type DeclineClass,
  type DeclineFault,
  type DeclineRecord,
} from '../../../../src/domain/results/declines/decline-record.ts';

/** Who may be to blame for what: a processor's failure condemns no card, and time mends no wrong number. */
export const FAULTS_OF_CLASS: Readonly<Record<DeclineClass, readonly DeclineFault[]>> = {
  technical: ['processor', 'network', 'issuer', 'merchant_config'],
  later: ['issuer', 'user'],
  customer_action: ['issuer', 'user'],
  fix_data: ['issuer', 'user', 'merchant_config'],
  // Of the configuration only where a network forbids what would otherwise be tried elsewhere.
  never: ['issuer', 'user', 'merchant_config'],
  unknown: ['processor', 'network', 'issuer'],
};

const EDITION = /^20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/;
const DAY = /^20\d\d-\d\d-\d\d$/;

export function citationOffences(records: readonly Pick<AdviceRecord, 'id' | 'source' | 'edition'>[]): string[] {
  return records.flatMap(({ id, source, edition }) => [
    ...(/\S{2,}.*\S{3,}/.test(source) ? [] : [`${id} names no source`]),
    ...(EDITION.test(edition) ? [] : [`${id} names no edition`]),
  ]);
}

export function recordOffences(records: readonly DeclineRecord[]): string[] {
  return records.flatMap((record) => {
    const { id, code, fault, says, holdsFrom, visaCategory, family, everywhere } = record;
    return [
      ...(FAULTS_OF_CLASS[record.class].includes(fault) ? [] : [`${id}: ${record.class} by ${fault} makes no sense`]),
      ...((fault === 'processor' || fault === 'merchant_config') && (says ?? '').length < 8
        ? [`${id} blames ${fault} without the source's words`]
        : []),
      ...(code === normalCode(code) && code !== '' ? [] : [`${id} has a code that nobody would find`]),
      ...(holdsFrom === null || (DAY.test(holdsFrom) && !Number.isNaN(Date.parse(holdsFrom)))
        ? []
        : [`${id} begins on no day`]),
      ...((visaCategory !== null) === (family === 'visa') ? [] : [`${id}: a Visa category is Visa's`]),
      ...(visaCategory === 1 && record.class !== 'never' ? [`${id} is milder than Visa's category 1`] : []),
      ...(everywhere && DECLINE_FAMILIES[family].kind === 'rail' ? [`${id} speaks for other rails than its own`] : []),
    ];
  });
}

/** Two records for one key, or for one place of the table that holds where no family is told. */
export function contradictions(records: readonly DeclineRecord[]): string[] {
  const held = new Map<string, { id: string; meaning: string }>();
  const offences: string[] = [];
  for (const record of records) {
    const place = `${record.code}@${record.region ?? ''}@${record.holdsFrom ?? ''}`;
    const meaning = `${record.class} ${record.fault} ${record.waitMs} ${record.visaCategory}`;
    for (const key of record.everywhere ? [`${record.family}:${place}`, `*:${place}`] : [`${record.family}:${place}`]) {
      const other = held.get(key);
      if (other === undefined) held.set(key, { id: record.id, meaning });
      else if (other.id === record.id) offences.push(`${record.id} stands twice`);
      else if (other.meaning !== meaning)
        offences.push(`${other.id} says ${other.meaning}, ${record.id} says ${meaning}`);
    }
  }
  return offences;
}

/** A fault has no date: it may differ by family, network and region, never by edition. */
export function faultsThatChange(records: readonly DeclineRecord[]): string[] {
  const held = new Map<string, DeclineFault>();
  return records.flatMap(({ id, family, code, region, fault }) => {
    const key = `${family}:${code}@${region ?? ''}`;
    const first = held.get(key) ?? fault;
    held.set(key, first);
    return first === fault ? [] : [`${id} blames ${fault}, an older edition ${first}`];
  });
}
