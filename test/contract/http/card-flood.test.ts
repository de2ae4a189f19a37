// T15 of payment-rules: card numbers in every spelling and place, and none of them left anywhere afterwards.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atSoak, tellFigures } from '../../harness/soak.ts';
import { createWebhookHouse, PROCESSOR, sourceIdOf, type WebhookHouse } from '../../harness/webhook-house.ts';
import { asDouble, drawCards, leftOf, plantedJson } from '../../harness/card-flood.ts';
import { pick } from '../../connectors/signature-cases.ts';
import { seeded } from '../../harness/seeded.ts';
import { type Receiver, sendOne } from '../../harness/card-flood-sender.ts';
import { SIGNATURE_CASES } from '../../connectors/all-signature-cases.ts';

const PAYLOADS = atSoak(2_000, 1_000_000);
/** A house is searched and given up after so many. */
const PER_HOUSE = 1_000;
const CARDS = 500;
const CASES = Object.entries(SIGNATURE_CASES).map(
  ([name, signatureCase]) => [sourceIdOf(name), signatureCase] as const,
);

let logged: string[] = [];
beforeEach(() => {
  logged = [];
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void logged.push(words.map(String).join(' ')));
});
afterEach(() => void vi.restoreAllMocks());

function receiverOf(house: WebhookHouse, draw: () => number, answers: string[]): Receiver {
  return {
    draw,
    processorId: PROCESSOR,
    cases: CASES,
    now: () => house.set.now,
    vendorAnswers: (body) => {
      house.set.webhooks.fetch = () => Promise.resolve(new Response(body));
    },
    request: async (path, init) => {
      const headers = new Headers(init.headers);
      if (!path.startsWith('/webhooks')) headers.set('authorization', `Bearer ${house.keys.admin}`);
      const response = await house.app.request(path, { ...init, headers });
      expect(response.status, path.split('?')[0]).toBeLessThan(500);
      answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
    },
  };
}

const bytesAsText = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return typeof value === 'bigint' ? String(value) : value;
};

/** All that is kept, told or written. */
async function everythingOf(house: WebhookHouse, answers: readonly string[]): Promise<string> {
  const { set } = house;
  const states = [...set.states.values()].map((state) => state.checkpoint());
  const metrics = (await house.call('GET', '/metrics')).text;
  const { now: _, ...kept } = set;
  return JSON.stringify([states, { ...kept, states: null }, metrics, answers, logged], bytesAsText);
}

test(
  `[PAN-12] of ${PAYLOADS} payloads with card numbers in every spelling and place none leaves one behind`,
  { timeout: 3_600_000 },
  async ({ task }) => {
    const draw = seeded(20_261_121);
    const cards = drawCards(CARDS, draw);
    const wanted = new Set(cards);
    const sent = { api: 0, around: 0, webhook: 0 };
    const payloads = (): number => sent.api + sent.around + sent.webhook;
    let recorded = 0;
    let letters = 0;
    while (payloads() < PAYLOADS) {
      const house = await createWebhookHouse();
      const answers: string[] = [];
      logged = [];
      const receiver = receiverOf(house, draw, answers);
      for (let payload = 0; payload < PER_HOUSE; payload += 1) sent[await sendOne(receiver, pick(cards, draw))] += 1;
      expect(leftOf(await everythingOf(house, answers), wanted)).toEqual([]);
      recorded += house.set.states.get(PROCESSOR)?.resultsRecorded ?? 0;
      letters += house.set.webhooks.letters.length;
    }
    // What is kept is searched, so that there must be something.
    expect(Math.min(recorded, letters, sent.api, sent.around)).toBeGreaterThan(PAYLOADS / 100);
    tellFigures(task, { 'payloads': payloads(), 'results recorded of them': recorded });
  },
);

test('[PAN-12] the search finds every number in every spelling, and nothing where there is none', () => {
  const draw = seeded(7);
  const cards = drawCards(CARDS, draw);
  for (let round = 0; round < 2_000; round += 1) {
    const card = pick(cards, draw);
    const text = `{"a":${plantedJson({ b: 'x' }, card, draw)}}`;
    expect([text, leftOf(text, new Set([card]))]).toEqual([text, [card]]);
    const rounded = JSON.stringify({ a: Number(card) });
    expect([rounded, leftOf(rounded, new Set([card]))]).toEqual([rounded, [asDouble(card)]]);
    expect(leftOf(text, new Set(['4000000000000002']))).toEqual([]);
  }
});
