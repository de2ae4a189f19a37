import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';

let caller: Caller;
beforeAll(async () => {
  caller = await createCaller();
});

type Rows = readonly Readonly<Record<string, unknown>>[];
const list = async (query = '') => {
  const { status, json } = await caller.call('GET', `/api/v1/declines${query}`, { key: caller.keys.read });
  expect(status).toBe(200);
  return json as unknown as { records: Rows; advice: Rows; defaults: Rows; count: number };
};

describe('GET /api/v1/declines', () => {
  test('[NXT-17] tells every record with its source and edition, sorted, and how long to wait in seconds', async () => {
    const { records, advice, defaults, count } = await list();
    expect(count).toBe(records.length);
    expect(count).toBeGreaterThan(300);
    for (const { source, edition } of [...records, ...advice, ...defaults]) {
      expect(String(source).length).toBeGreaterThan(5);
      expect(edition).toMatch(/^\d{4}-\d\d/);
    }
    const ids = records.map(({ id }) => String(id));
    expect(ids).toEqual(ids.toSorted());
    expect(advice.find(({ id }) => id === 'mastercard:advice:24')).toMatchObject({
      class: 'later',
      wait_seconds: 3_600,
    });
  });

  test('[NXT-17] tells of one family alone, as it holds at a moment', async () => {
    const { records } = await list('?family=visa&at=2026-11-21T00:00:00Z');
    expect(new Set(records.map(({ family }) => family))).toEqual(new Set(['visa']));
    expect(records.find(({ code }) => code === '04')).toMatchObject({ class: 'never', visa_category: 1 });
  });

  test.each([
    ['family', '?family=nobody'],
    ['at', '?at=yesterday'],
  ])('[NXT-17] a bad %s is refused', async (field, query) => {
    const { status, json } = await caller.call('GET', `/api/v1/declines${query}`);
    expect({ status, field: json['field'] }).toEqual({ status: 422, field });
  });
});
