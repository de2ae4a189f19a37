// The tables themselves: every record is cited, none contradicts another, none makes no sense; and each check is seen to fail.
import { describe, expect, test } from 'vitest';
import { ADVICE_RECORDS } from '../../../../src/domain/results/declines/advice-records.ts';
import {
  DECLINE_CLASSES,
  DECLINE_FAMILIES,
  recordsOf,
  type DeclineFamily,
  type DeclineRecord,
} from '../../../../src/domain/results/declines/decline-record.ts';
import { DECLINE_RECORDS, declineRecordOf } from '../../../../src/domain/results/declines/decline-tables.ts';
import { DECLINE_DEFAULTS } from '../../../../src/domain/results/declines/read-decline.ts';
import {
  citationOffences,
  contradictions,
  FAULTS_OF_CLASS,
  faultsThatChange,
  recordOffences,
} from './table-offences.ts';

const GOOD = recordsOf({ family: 'visa', everywhere: false, source: 'Rules, table 1', edition: '2026-04-18' }, [
  ['05', 'later', 'issuer', { visaCategory: 4 }],
])[0]!;
const SYSTEM = { ...GOOD, class: 'technical', fault: 'processor' } as const;

const bad = (change: Partial<DeclineRecord>): DeclineRecord => ({ ...GOOD, ...change });
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);

describe('citations', () => {
  test('[DCL-1] every record, advice and default names its source and the date of its edition', () => {
    expect(DECLINE_RECORDS.length).toBeGreaterThan(400);
    expect(citationOffences(DECLINE_RECORDS)).toEqual([]);
    expect(citationOffences(ADVICE_RECORDS)).toEqual([]);
    expect(citationOffences(Object.values(DECLINE_DEFAULTS))).toEqual([]);
  });

  test.each([
    { source: '' },
    { source: ' ' },
    { edition: '' },
    { edition: 'unknown' },
    { edition: '2026' },
    { edition: '2026-13-01' },
    { edition: '18 April 2026' },
  ])('[DCL-1] a record with %o is found out', (change) => {
    expect(citationOffences([GOOD])).toEqual([]);
    expect(citationOffences([bad(change)])).toHaveLength(1);
  });

  test('[DCL-1] every family that is named has records or advice', () => {
    const spoken = new Set<DeclineFamily>([...DECLINE_RECORDS, ...ADVICE_RECORDS].map(({ family }) => family));
    expect([...spoken].sort()).toEqual(Object.keys(DECLINE_FAMILIES).sort());
  });
});

describe('contradictions', () => {
  test('[DCL-2] no two records say different things for one key, and none stands twice', () => {
    expect(contradictions(DECLINE_RECORDS)).toEqual([]);
    const ids = [...DECLINE_RECORDS, ...ADVICE_RECORDS].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const adviceKeys = ADVICE_RECORDS.filter(({ everywhere }) => everywhere).map(
      (record) => `${record.code} ${record.class}`,
    );
    const codes = new Set(ADVICE_RECORDS.filter(({ everywhere }) => everywhere).map(({ code }) => code));
    expect(new Set(adviceKeys).size).toBe(codes.size);
  });

  test.each([
    { name: 'another class', second: bad({ id: 'b', class: 'never' }), offences: 1 },
    { name: 'another fault', second: bad({ id: 'b', fault: 'user' }), offences: 1 },
    { name: 'another wait', second: bad({ id: 'b', waitMs: 1 }), offences: 1 },
    { name: 'another Visa category', second: bad({ id: 'b', visaCategory: 2 }), offences: 1 },
    { name: 'the same id', second: GOOD, offences: 1 },
    { name: 'the same meaning', second: bad({ id: 'b' }), offences: 0 },
    { name: 'another code', second: bad({ id: 'b', code: '06', class: 'never' }), offences: 0 },
    { name: 'another region', second: bad({ id: 'b', region: 'europe', class: 'never' }), offences: 0 },
    { name: 'another day', second: bad({ id: 'b', holdsFrom: '2026-07-25', class: 'never' }), offences: 0 },
    { name: 'another family', second: bad({ id: 'b', family: 'adyen', class: 'never' }), offences: 0 },
  ])('[DCL-2] beside a record one with $name makes $offences contradictions', ({ second, offences }) => {
    expect(contradictions([GOOD, second])).toHaveLength(offences);
  });

  test('[DCL-2] families that speak where none is told contradict each other', () => {
    const everywhere = { everywhere: true, id: 'b', family: 'adyen' } as const;
    expect(contradictions([bad({ everywhere: true }), bad({ ...everywhere, class: 'never' })])).toHaveLength(1);
    expect(contradictions([bad({ everywhere: true }), bad(everywhere)])).toEqual([]);
  });
});

describe('sense', () => {
  test('[DCL-3] no record pairs a class with a fault that makes no sense of it', () => {
    expect(recordOffences(DECLINE_RECORDS)).toEqual([]);
    const pairs = new Set(DECLINE_RECORDS.map((record) => `${record.class} ${record.fault}`));
    for (const declineClass of DECLINE_CLASSES)
      expect(FAULTS_OF_CLASS[declineClass].some((fault) => pairs.has(`${declineClass} ${fault}`))).toBe(true);
  });

  test.each([
    bad({ class: 'never', fault: 'processor', says: 'long enough' }),
    bad({ class: 'never', fault: 'network' }),
    bad({ class: 'later', fault: 'merchant_config', says: 'long enough' }),
    bad({ class: 'technical', fault: 'user' }),
    bad({ class: 'customer_action', fault: 'network' }),
    bad({ class: 'fix_data', fault: 'processor', says: 'long enough' }),
    bad({ class: 'unknown', fault: 'user' }),
    bad({ code: 'Do Not Honor' }),
    bad({ code: '' }),
    bad({ holdsFrom: 'soon' }),
    bad({ visaCategory: null }),
    bad({ visaCategory: 1 }),
    bad({ family: 'pix', visaCategory: null, everywhere: true }),
  ])(
    '[DCL-3] a record $class by $fault, code "$code", from $holdsFrom, category $visaCategory is found out',
    (record) => {
      expect(recordOffences([GOOD])).toEqual([]);
      expect(recordOffences([record])).toHaveLength(1);
    },
  );

  test.each(['processor', 'merchant_config'] as const)(
    '[DCL-14] nobody is blamed as %s without the words of the source',
    (fault) => {
      expect(recordOffences([{ ...SYSTEM, fault, says: 'system malfunction' }])).toEqual([]);
      expect(recordOffences([{ ...SYSTEM, fault, says: null }])).toHaveLength(1);
      expect(recordOffences([{ ...SYSTEM, fault, says: ' ' }])).toHaveLength(1);
      expect(DECLINE_RECORDS.filter((record) => record.fault === fault).length).toBeGreaterThan(10);
    },
  );
});

describe('editions', () => {
  test('[DCL-5] who is to blame is the same in every edition', () => {
    expect(faultsThatChange(DECLINE_RECORDS)).toEqual([]);
    expect(faultsThatChange([GOOD, bad({ holdsFrom: '2026-07-25', fault: 'user' })])).toHaveLength(1);
  });

  test.each(DECLINE_RECORDS.filter(({ holdsFrom }) => holdsFrom !== null))(
    '[DCL-5] $id holds from the first millisecond of its day',
    ({ id, code, holdsFrom }) => {
      const found = (moment: number) =>
        declineRecordOf(code, { family: null, network: 'visa', region: null, at: moment })?.id;
      expect(found(at(holdsFrom!))).toBe(id);
      expect(found(at(holdsFrom!) - 1)).not.toBe(id);
    },
  );

  test('[DCL-4] every record is found by what it says it holds for', () => {
    for (const record of DECLINE_RECORDS.filter(({ code }) => code !== '*')) {
      const moment = record.holdsFrom === null ? at('2020-06-01') : at(record.holdsFrom);
      const speaker = { family: record.family, network: null, region: record.region, at: moment };
      expect(declineRecordOf(record.code, speaker)?.id).toBe(record.id);
      if (record.everywhere)
        expect(declineRecordOf(record.code, { ...speaker, family: null })).toMatchObject({
          class: record.class,
          fault: record.fault,
        });
    }
  });
});
