import { beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../../src/domain/health/alert-book.ts';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

describe.each(['/api/v1/alerts', '/api/v1/audit'])('%s', (path) => {
  test.each(['garbage', '', '%00', 'NaN', '0x10', '-1', '1.5', '0', '01', '1e3', '%201', '9'.repeat(16), '1&cursor=2'])(
    'a cursor of the form `%s` was never given out and is refused by name',
    async (cursor) => {
      const { json } = await caller.call('GET', `${path}?cursor=${cursor}`);
      expect(json).toMatchObject({ status: 422, code: 'invalid_field', field: 'cursor' });
    },
  );

  test('a cursor of the right form behind the last page is an empty page', async () => {
    expect((await caller.call('GET', `${path}?cursor=999999999999999`)).status).toBe(200);
  });
});

describe('GET /api/v1/alerts', () => {
  const alert = (n: number): Alert => ({
    id: `alt_${n}`,
    processorId: asProcessorId('processor_a'),
    segment: 'PIX|BR' as SegmentKey,
    kind: 'breaker',
    fromStatus: 'HEALTHY',
    toStatus: 'DOWN',
    openedAtMs: START + n * 1_000,
    updatedAtMs: START + n * 1_000,
    closedAtMs: null,
    reason: 'High error/timeout rate (>50%)',
    evidence: {},
    moneyAtRisk: null,
  });
  const page = async (query: string) => {
    const { json } = await caller.call('GET', `/api/v1/alerts${query}`);
    return { ids: (json['alerts'] as { id: string }[]).map(({ id }) => id), next: json['next_cursor'] };
  };
  beforeEach(() => {
    caller.set.alerts = Array.from({ length: 60 }, (_, n) => alert(n));
  });

  test('without since and cursor gives the newest page, oldest of them first, and it is the last', async () => {
    const { ids, next } = await page('');
    expect(ids).toEqual(Array.from({ length: 50 }, (_, n) => `alt_${n + 10}`));
    expect(next).toBeNull();
    expect(await page('?limit=2')).toEqual({ ids: ['alt_58', 'alt_59'], next: null });
  });

  test('with since begins with the first since then and pages on', async () => {
    const first = await page('?limit=2&since=1970-01-01T00:00:00Z');
    expect(first.ids).toEqual(['alt_0', 'alt_1']);
    expect((await page(`?limit=2&cursor=${String(first.next)}`)).ids).toEqual(['alt_2', 'alt_3']);
  });
});
