// T13: thousands of payments of which some time out, a merchant that only obeys, and processors that alone know what they did.
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { atSoak, tellFigures } from '../harness/soak.ts';
import type { ApiClient } from '../../tools/api-client.ts';
import { createApiClient } from '../../tools/api-client.ts';
import { moneyFindings, pathsTaken } from '../harness/unknown-outcomes/money-findings.ts';
import { ObedientMerchant } from '../harness/unknown-outcomes/obedient-merchant.ts';
import { processorCalls } from '../harness/unknown-outcomes/processor-calls.ts';
import { SimulatedProcessors } from '../harness/unknown-outcomes/simulated-processors.ts';
import { sourceBody, VENDORS } from '../../tools/vendors/vendor-webhooks.ts';
import { useLocalSystem } from '../harness/local-system.ts';
import { AlertWatch, unknownsOf } from '../harness/unknown-outcomes/signalbox-watch.ts';

const SEED = 13;
const PAYMENTS = atSoak(320, 10_000);
const CONCURRENCY = 24;
/** A sample of few payments times out more often, so that it goes every way as well. */
const RATES = { timeouts: atSoak(0.25, 0.05), errors: 0.02, notSent: 0.01, declines: 0.08 };
/** Every way is gone at least that often, else the test is empty. */
const PATH_MIN = atSoak(1, 5);

/** A reliable cancel, a way to ask, and one that is asked by calling again. */
const PROCESSORS = { cancels: VENDORS.adyen, answers: VENDORS.stripe, repeats: VENDORS['standard-webhooks'] } as const;
const FAMILIES = { cancels: 'adyen', answers: 'stripe', repeats: null } as const;

describe('a merchant that only obeys', () => {
  const local = useLocalSystem();
  let simulated: SimulatedProcessors;
  let merchant: ObedientMerchant;
  let watch: AlertWatch;

  beforeAll(
    async () => {
      const { api, system } = local();
      await register(api);
      simulated = await new SimulatedProcessors({
        seed: SEED,
        rates: RATES,
        vendors: PROCESSORS,
        signalboxUrl: system.url,
      }).start();
      const till = createApiClient(system.url, await api.createKey('till', ['route', 'ingest']));
      merchant = new ObedientMerchant({
        api: till,
        processors: processorCalls(simulated.url),
        families: FAMILIES,
        askedByRepeating: ['repeats'],
      });
      watch = new AlertWatch(api, ({ payment, processor, transaction }) =>
        merchant.undo(payment, processor, transaction),
      );
      await sellEverything(merchant, watch);
      await simulated.rest();
      for (const { payment_id: payment, processor_id: processor, transaction_id: transaction } of await unknownsOf(api))
        await merchant.lookAfter(payment!, processor, transaction);
      await watch.end();
      await simulated.rest();
    },
    60_000 + PAYMENTS * 100,
  );
  afterAll(async () => await simulated.stop());

  test('[UNK-1] charges no payment twice, and sends none elsewhere while the first may still be approved', () => {
    const findings = moneyFindings(simulated.books, merchant.diary.overridden);
    expect(findings.doubleCaptures).toEqual([]);
    expect(findings.momentaryDoubles).toEqual([]);
    expect(findings.earlyReroutes).toEqual([]);
  });

  test('[UNK-8] is told by an alert what to undo wherever an override met a late approval', async () => {
    const { lateApprovals } = moneyFindings(simulated.books, merchant.diary.overridden);
    expect(lateApprovals.filter((payment) => !watch.alerted.has(payment))).toEqual([]);
    expect(merchant.diary.undone.map(({ payment }) => payment)).toEqual(expect.arrayContaining([...lateApprovals]));
    for (const [payment, transaction] of watch.alerted) expect(transaction.startsWith(`${payment}-`)).toBe(true);
    expect([...watch.alerted.keys()].filter((payment) => !merchant.diary.overridden.has(payment))).toEqual([]);
    const audited = await overridesInAudit(local().api);
    expect([...merchant.diary.overridden].filter((payment) => !audited.has(`${payment}-1`))).toEqual([]);
  });

  test('[UNK-10] finds listed, with its age, all that is still unknown and nothing else', async () => {
    const { untold } = moneyFindings(simulated.books, merchant.diary.overridden);
    const unknowns = await unknownsOf(local().api);
    expect(unknowns.map(({ processor_id: processor, transaction_id: id }) => `${processor} ${id}`).sort()).toEqual(
      [...untold].sort(),
    );
    for (const { since, age_seconds: age, overdue, payment_id: payment, transaction_id: id } of unknowns) {
      expect(id.startsWith(`${payment}-`)).toBe(true);
      expect(Math.abs(Date.now() - Date.parse(since) - age * 1_000)).toBeLessThan(5_000);
      expect(overdue).toBe(false);
    }
  });

  test('went every way there is', ({ task }) => {
    const { actions, overridden, undone, conflicts, turnedAway } = merchant.diary;
    const paths = {
      ...pathsTaken(simulated.books, watch.alerted),
      stillUnknown: moneyFindings(simulated.books, overridden).untold.length,
      overridden: overridden.size,
      undone: undone.length,
      adviceRetry: actions.get('retry_now') ?? 0,
      adviceReconcile: actions.get('reconcile') ?? 0,
      adviceVoid: actions.get('void_then_retry') ?? 0,
      adviceStop: actions.get('stop') ?? 0,
    };
    tellFigures(task, { payments: simulated.books.byPayment().size, conflicts, turnedAway, ...paths });
    expect(Object.entries(paths).filter(([, times]) => times < PATH_MIN)).toEqual([]);
    expect(turnedAway).toBe(0);
    const refused = simulated.books.attempts().filter(({ webhooks }) => webhooks.refused > 0);
    expect(refused).toEqual([]);
  });
});

async function register(api: ApiClient): Promise<void> {
  for (const [id, vendor] of Object.entries(PROCESSORS)) {
    // What only a cancel leads to is the rarest.
    const weight = id === 'cancels' ? 2 : 1;
    await api.post('/api/v1/processors', { id, weight, payment_methods: ['CARD', 'PIX'], countries: ['BR'] });
    const put = await api.request('PUT', `/api/v1/sources/${id}`, sourceBody(vendor, id));
    if (!put.ok) throw new Error(`source ${id}: ${put.status} ${await put.text()}`);
    // Whom the breakers stop is another test's: here the timeouts of a sample must not end its traffic.
    await api.post('/api/v1/overrides', {
      processor_id: id,
      kind: 'force_close',
      why: 'unknown outcomes are tested',
      ttl_seconds: 604_800,
    });
  }
}

async function sellEverything(merchant: ObedientMerchant, watch: AlertWatch): Promise<void> {
  let begun = 0;
  const till = async (): Promise<void> => {
    while (begun < PAYMENTS) {
      const number = begun++;
      await merchant.buy({
        payment: `pay_${number}`,
        paymentMethod: number % 2 === 0 ? 'CARD' : 'PIX',
        amountMinor: 1_000 + number,
        isImpatient: number % 3 === 0,
      });
    }
  };
  watch.begin();
  await Promise.all(Array.from({ length: CONCURRENCY }, till));
}

async function overridesInAudit(api: ApiClient): Promise<ReadonlySet<string>> {
  const transactions = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { entries: { action: string; subject: string }[]; next_cursor: string | null } = await api.get(
      `/api/v1/audit?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    for (const { action, subject } of page.entries)
      if (action === 'override_unknown_outcome') transactions.add(subject.slice(subject.indexOf(':') + 1));
    cursor = page.next_cursor;
  }
  return transactions;
}
