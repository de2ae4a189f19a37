// Every webhook endpoint under bodies that nobody should send, rightly and wrongly signed: no fault of ours, and nothing recorded that was not told.
import { describe, expect, test } from 'vitest';
import { atSoak, tellFigures } from '../../harness/soak.ts';
import { charge, event } from '../../../tools/vendors/stripe.ts';
import {
  ACTOR,
  createWebhookHouse,
  inputOf,
  sourceIdOf,
  watchResults,
  type WebhookHouse,
} from '../../harness/webhook-house.ts';
import { NOW_MS, pick, settingsOf, type SignatureCase } from '../../connectors/signature-cases.ts';
import { payment } from '../../connectors/mercado-pago/fixtures/payments.ts';
import { putSource } from '../../../src/flows/manage-sources.ts';
import { seeded } from '../../harness/seeded.ts';
import { SIGNATURE_CASES } from '../../connectors/all-signature-cases.ts';
import { strangeBody } from '../../connectors/strange-bodies.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import type { Delivery } from '../../../src/ports/webhook-adapter.ts';

const BODIES = atSoak(200, 20_000);
const SEED = 20_261_121;

async function post({ app }: WebhookHouse, source: string, delivery: Delivery): Promise<number> {
  const query = new URLSearchParams([...delivery.query]).toString();
  const parts = delivery.pathRest === '' ? [] : delivery.pathRest.split('/');
  const rest = parts.map((part) => `/${encodeURIComponent(part)}`).join('');
  const headers = new Headers();
  for (const [name, value] of delivery.headers) setHeader(headers, name, value);
  if (delivery.ipAddress !== null) setHeader(headers, 'cf-connecting-ip', delivery.ipAddress);
  const path = `/webhooks/${source}${rest}${query === '' ? '' : `?${query}`}`;
  return (await app.request(path, { method: 'POST', headers, body: Uint8Array.from(delivery.rawBody) })).status;
}

/** What no HTTP stack lets through never comes here. */
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** HTTP takes away white space around a header's value, and with it what only that made a forgery. */
const asItArrives = (delivery: Delivery): Delivery => ({
  ...delivery,
  headers: new Map([...delivery.headers].map(([name, value]) => [name, value.trim()])),
});

/** A body that the sender's own code cannot sign either is nobody's delivery. */
function signedOrNull(signatureCase: SignatureCase, body: string): Delivery | null {
  try {
    return signatureCase.sign({ body, secret: signatureCase.secrets[0], atMs: NOW_MS });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Takes the words for methods that the genuine bodies use, so that one that is unharmed is recorded. */
async function fuzzHouse(name: string, signatureCase: SignatureCase): Promise<WebhookHouse> {
  const house = await createWebhookHouse([name]);
  const input = inputOf(sourceIdOf(name), signatureCase);
  const segments = { ...input.segments, paymentMethods: { 'credit-card': 'CARD' } };
  const reply = await putSource(house.world, { ...input, segments }, ACTOR, null);
  if (!reply.ok) throw new Error(`${name}: ${JSON.stringify(reply)}`);
  return house;
}

/** Words with which a sender says that money was approved; without one of them nothing is. */
const APPROVALS: Readonly<Record<string, RegExp>> = {
  'stripe':
    /"(charge\.(succeeded|captured)|payment_intent\.(succeeded|amount_capturable_updated)|checkout\.session\.[a-z_]+)"/,
  'adyen': /"(AUTHORISATION|CAPTURE)"/,
  'hyperswitch': /"payment_(succeeded|authorized|partially_authorized|captured)"/,
  'paystack': /"(charge\.success|preauthorization\.(reserve|capture)\.success)"/,
  'mercado-pago': /"(approved|authorized|reimbursed)"|"date_approved":"/,
  'mpesa': /"ResultCode":"?0"?[,}]/,
  'standard-webhooks': /"attempt\.authorised"/,
  'custom-hmac': /"payment\.paid"/,
  'custom-hmac with a time': /"payment\.paid"/,
};

/** A sender that says it in no body says it when it is asked. */
function approvalOf(name: string, { bodies }: SignatureCase): string {
  if (name === 'stripe') return JSON.stringify(event('charge.succeeded', charge()));
  return bodies.find((body) => APPROVALS[name]!.test(`${body} ${JSON.stringify(payment())}`))!;
}

/** What an adapter knows without being told: the country and the money of its only market. */
const KNOWN = ['br', 'ke', 'kes', 'ar', 'cl', 'co', 'mx', 'pe', 'uy'];

/** Fields of a recorded result that stand nowhere in what was sent. */
function madeUp(name: string, result: CanonicalResult, told: string): string[] {
  const text = told.toLowerCase();
  const isAfterFinal = result.result === 'refunded' || result.result === 'disputed';
  const faults: string[] = [];
  const id = result.transactionId.toLowerCase();
  const isTold = [id, id.replace(/_\d+$/, '')].some((form) => text.includes(JSON.stringify(form).slice(1, -1)));
  if (!isTold && !/^h[a-p]{16}$/.test(id)) faults.push(`transactionId ${id}`);
  const amount = result.amountMinor;
  const forms = [0.1, 1, 10, 100, 1_000].flatMap((unit) => [String(amount / unit), (amount / unit).toFixed(2)]);
  if (!(isAfterFinal && amount === 0) && !forms.some((form) => text.includes(form))) faults.push(`amount ${amount}`);
  const currency = result.currency.toLowerCase();
  if (!(isAfterFinal && currency === 'xxx') && !KNOWN.includes(currency) && !text.includes(`"${currency}"`))
    faults.push(`currency ${currency}`);
  // After the final no segment is needed, and none is told.
  const country = result.segment.split('|')[1]?.toLowerCase() ?? KNOWN[0]!;
  if (!KNOWN.includes(country) && !text.includes(`"${country}"`)) faults.push(`country ${country}`);
  if (result.result === 'approved' && !APPROVALS[name]!.test(told)) faults.push('approved');
  if (result.eventTimeMs > NOW_MS || result.eventTimeMs < NOW_MS - 86_400_000) faults.push('eventTimeMs');
  return faults;
}

describe.each(Object.entries(SIGNATURE_CASES))('%s', (name, signatureCase) => {
  const source = sourceIdOf(name);
  const approval = approvalOf(name, signatureCase);
  const genuine = [approval, ...signatureCase.bodies].map((body) => JSON.parse(body) as unknown);
  /** Most senders are not asked, and tell nothing that they did not send. */
  const asked = (fetched: string): string => (signatureCase.adapter.declaration.needsFetch ? fetched : '');
  // Many of the others end as what they are.
  const drawn = (draw: () => number): string =>
    JSON.stringify(strangeBody(draw() < 0.4 ? genuine[0] : pick(genuine, draw), draw)) ?? 'null';

  test('[WHK-22] an approval that is unharmed and rightly signed is recorded, and with nothing that was not told', async () => {
    const house = await fuzzHouse(name, signatureCase);
    const results = watchResults(house);
    const fetched = JSON.stringify(payment());
    house.set.webhooks.fetch = () => Promise.resolve(new Response(fetched));
    expect(await post(house, source, signedOrNull(signatureCase, approval)!)).toBeLessThan(300);
    expect(house.kinds()).toMatchObject({ approved: 1 });
    expect(house.set.webhooks.letters).toEqual([]);
    expect(results).toHaveLength(1);
    expect(madeUp(name, results[0]!, `${approval} ${asked(fetched)}`)).toEqual([]);
  });

  test(
    `[WHK-22] ${BODIES} strange bodies, rightly signed: no 5xx, and no result with a value that was not told`,
    { timeout: 600_000 },
    async ({ task }) => {
      const draw = seeded(SEED);
      const house = await fuzzHouse(name, signatureCase);
      const results = watchResults(house);
      let sent = 0;
      while (sent < BODIES) {
        const body = drawn(draw);
        const delivery = signedOrNull(signatureCase, body);
        if (delivery === null) continue;
        const fetched = JSON.stringify(draw() < 0.7 ? strangeBody(payment(), draw) : payment());
        house.set.webhooks.fetch = () => Promise.resolve(new Response(fetched));
        const before = results.length;
        const status = await post(house, source, delivery);
        sent += 1;
        expect([status < 500, status], body.slice(0, 500)).toEqual([true, status]);
        const told = [new TextDecoder().decode(delivery.rawBody), asked(fetched), ...delivery.query.values()].join(' ');
        for (const result of results.slice(before))
          expect(madeUp(name, result, told), told.slice(0, 2_000)).toEqual([]);
      }
      // A fuzz that only ever meets the front door shows nothing.
      expect(results.filter(({ result }) => result === 'approved').length).toBeGreaterThan(0);
      expect(house.set.webhooks.letters.length).toBeGreaterThan(0);
      tellFigures(task, { 'strange bodies per endpoint': sent });
    },
  );

  test(
    `[WHK-22] ${BODIES} strange bodies, wrongly signed: 401 or not found, and nothing is kept of them`,
    { timeout: 600_000 },
    async ({ task }) => {
      const draw = seeded(SEED + 1);
      const house = await fuzzHouse(name, signatureCase);
      const results = watchResults(house);
      house.set.webhooks.fetch = () => Promise.resolve(new Response(JSON.stringify(payment())));
      let sent = 0;
      while (sent < BODIES) {
        // A forger's changes are made to what was genuine, for they know where what is signed stands.
        const genuineBody = pick(signatureCase.bodies, draw);
        const made =
          draw() < 0.5
            ? otherwiseSigned(signatureCase, drawn(draw))
            : pick(signatureCase.mutations, draw)(signedOrNull(signatureCase, genuineBody)!, draw);
        const bad = made === null ? null : asItArrives(made);
        if (bad === null || (await signatureCase.adapter.verify(bad, settingsOf(signatureCase))).ok) continue;
        const status = await post(house, source, bad);
        sent += 1;
        expect([400, 401, 404, 413]).toContain(status);
      }
      expect(results).toEqual([]);
      expect(house.set.states.size).toBe(0);
      expect(house.set.webhooks.letters).toEqual([]);
      tellFigures(task, { 'wrongly signed per endpoint': sent });
    },
  );
});

/** With a secret in the sender's form that is not the source's. */
function otherwiseSigned(signatureCase: SignatureCase, body: string): Delivery | null {
  const [newer] = signatureCase.secrets;
  const secret = newer.replace(/[0-9a-zA-Z](?=[^0-9a-zA-Z]*$)/, (last) => (last === '0' ? '1' : '0'));
  return signedOrNull({ ...signatureCase, secrets: [secret, secret] }, body);
}
