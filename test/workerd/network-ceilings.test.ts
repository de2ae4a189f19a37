// T12 of payment-rules once more through the real Worker: its routes, the cards' objects, the processors' budgets and the policy that an operator has set.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import worker from './test-worker.ts';
import { CEILING_IDS, type CeilingId } from '../../src/domain/retries/ceiling-ids.ts';
import { pick } from '../connectors/signature-cases.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { seeded } from '../harness/seeded.ts';
import { tellFigures } from '../harness/soak.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];
const CARDS = 3;
/** Under way together on one card, of the same amount. */
const PAYMENTS = 2;
const DAYS = 34;
const NETWORKS = ['visa', 'mastercard', 'amex'] as const;
const LIMITS: Readonly<Record<CeilingId, number>> = {
  visa_reattempts_30d: 20,
  mastercard_declines_24h: 9,
  mastercard_same_amount_30d: 34,
  other_reattempts_30d: 15,
};
/** The most lenient that an operator may be. */
const POLICY = {
  ceilings: LIMITS,
  hops_max: 2,
  technical_retries_max: 10,
  retries_without_advice: true,
  later_wait_seconds: 600,
  later_spread_seconds: 0,
};
const PROCESSORS = ['eager_a', 'eager_b', 'eager_c'];

interface Payment {
  readonly card: number;
  readonly id: string;
  atMs: number;
  serial: number;
  /** The question that was asked last, and under which key. */
  asked: { readonly key: string; readonly body: object } | null;
}

interface Made {
  readonly card: number;
  readonly atMs: number;
  /** On its card: all others follow a decline. */
  readonly isFirst: boolean;
}

type Answer = Readonly<Record<string, unknown>>;

const networkOf = (card: number): (typeof NETWORKS)[number] => NETWORKS[card % NETWORKS.length]!;

afterEach(() => void vi.useRealTimers());

async function callerOf(): Promise<
  (method: 'PUT' | 'POST', path: string, body: object, key?: string) => Promise<Answer>
> {
  const made = await registryStub(env as Env).createKey('admin', ['admin'], { keyId: 'key_t', requestId: 'req_1' });
  if (!made.ok) throw new Error(made.reason);
  return async (method, path, body, key) => {
    const context = createExecutionContext();
    const headers = {
      'authorization': `Bearer ${made.secret}`,
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const asked = { method, headers, body: JSON.stringify(body) };
    // On a busy machine an object may be out of reach for the second that the Worker waits: then it says so, and is asked again.
    for (let times = 1; ; times += 1) {
      const request = new Request(`https://signalbox.example${path}`, asked);
      const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], env as Env, context);
      const answer = await response.json<Answer>();
      await waitOnExecutionContext(context);
      if (response.status === 503 && times < 20) continue;
      expect(response.status, JSON.stringify(answer)).toBeLessThan(300);
      return answer;
    }
  };
}

/** Issuers that go on saying later; now and then the processor itself fails. */
function codesOf(card: number, serial: number): object {
  if (serial % 10 === 5) return { result: 'error' };
  const network = networkOf(card);
  return { result: 'declined', network, decline_code: network === 'mastercard' ? '05' : '51' };
}

test(
  `[RTY-25] an eager retrier on ${CARDS} cards for ${DAYS} days reaches every ceiling through the Worker and breaks none`,
  { timeout: 120_000 },
  async ({ task }) => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    const call = await callerOf();
    for (const id of PROCESSORS)
      await call('POST', '/api/v1/processors', { id, name: id, payment_methods: ['CARD'], countries: ['BR'] });
    await call('PUT', '/api/v1/retry-policy', POLICY);
    const draw = seeded(12);
    const made: Made[] = [];
    const rules = new Set<unknown>();
    const payments: Payment[] = Array.from({ length: CARDS * PAYMENTS }, (_, index) => ({
      card: index % CARDS,
      id: `eager_${index}`,
      atMs: startMs + Math.floor(draw() * HOUR),
      serial: 0,
      asked: null,
    }));
    const tell = async (payment: Payment, processor: string): Promise<void> => {
      const { card, id, atMs } = payment;
      made.push({ card, atMs, isFirst: !made.some((each) => each.card === card) });
      payment.serial += 1;
      const attempt = {
        ...codesOf(card, payment.serial),
        processor_id: processor,
        transaction_id: `${id}-${payment.serial}`,
        payment_id: id,
        payment_method: 'CARD',
        country: 'BR',
        amount_minor: 15_000,
        currency: 'BRL',
        network: networkOf(card),
        credential_fingerprint: `fp_eager_${card}`,
      };
      await call('POST', '/api/v1/transactions', { ...attempt, attempt: payment.serial });
      payment.asked = { key: attempt.transaction_id, body: { ...attempt, attempt: payment.serial } };
    };
    for (;;) {
      const next = payments.reduce((one, other) => (other.atMs < one.atMs ? other : one));
      if (next.atMs >= startMs + DAYS * DAY) break;
      vi.setSystemTime(next.atMs);
      if (next.asked === null) await tell(next, pick(PROCESSORS, draw));
      const { key, body } = next.asked!;
      const advice = await call('POST', '/api/v1/payments/next', body, key);
      rules.add(advice['rule_id']);
      const notBeforeMs = Math.max(next.atMs, Date.parse(String(advice['not_before'])) || 0);
      if (advice['action'] === 'retry_now') {
        next.atMs = notBeforeMs;
        vi.setSystemTime(next.atMs);
        await tell(next, String(advice['processor']));
        next.atMs += 1_000;
      } else if (advice['action'] === 'retry_later') next.atMs = notBeforeMs;
      // A budget that is empty, or too many technical failures: asked again as another question.
      else {
        next.atMs += 2 * DAY;
        next.asked = { key: `${key}+`, body };
      }
    }
    vi.useRealTimers();

    const most = mostOf(made);
    expect(most).toEqual(LIMITS);
    const hit = CEILING_IDS.filter((id) => most[id] === LIMITS[id] && rules.has(id));
    expect(hit).toEqual(CEILING_IDS);
    // Paid from the budget that the processor's own object keeps.
    expect(rules).toContain('technical_failure');
    tellFigures(task, { 'ceilings hit of all there are': hit.length, 'cards through the service': CARDS });
  },
);

/** By counting alone: what the networks saw in the window that ends in each attempt. */
function mostOf(made: readonly Made[]): Record<CeilingId, number> {
  const most = Object.fromEntries(CEILING_IDS.map((id) => [id, 0])) as Record<CeilingId, number>;
  for (const { card, atMs } of made) {
    const within = (windowMs: number) =>
      made.filter((each) => each.card === card && each.atMs <= atMs && each.atMs >= atMs - windowMs);
    const network = networkOf(card);
    const counts: Partial<Record<CeilingId, number>> =
      network === 'mastercard'
        ? {
            mastercard_declines_24h: within(DAY).length,
            mastercard_same_amount_30d: within(30 * DAY).length,
          }
        : {
            [network === 'visa' ? 'visa_reattempts_30d' : 'other_reattempts_30d']: within(30 * DAY).filter(
              ({ isFirst }) => !isFirst,
            ).length,
          };
    for (const [id, count] of Object.entries(counts)) most[id as CeilingId] = Math.max(most[id as CeilingId], count);
  }
  return most;
}
