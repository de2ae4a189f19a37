import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../../src/ports/webhook-adapter.ts';
import { ATTEMPT_EVENT_KINDS } from '../../src/domain/results/attempt-event.ts';
import { SIGNATURE_CASES } from './all-signature-cases.ts';
import { deliveryOf, NOW_MS, settingsOf } from './signature-cases.ts';

/** Whatever came in, what comes out can be recorded: known kinds, ids that are ids, whole amounts, names that can be counted. */
function expectSound(reading: Reading): void {
  for (const event of reading.events) {
    expect(ATTEMPT_EVENT_KINDS).toContain(event.kind);
    expect(event.attemptKey).toMatch(/^[^]{1,128}$/);
    if (event.transactionId !== null) expect(event.transactionId).toMatch(/^[^]{1,128}$/);
    if (event.decisionToken !== null) expect(event.decisionToken).toMatch(/^dec_[A-Za-z0-9_-]{60}$/);
    if (event.amountMinor !== null)
      expect(Number.isSafeInteger(event.amountMinor) && event.amountMinor >= 0).toBe(true);
    if (event.paymentMethod !== null) expect(event.paymentMethod).toMatch(/^[A-Z0-9_]{1,32}$/);
    if (event.country !== null) expect(event.country).toMatch(/^[A-Z]{2}$/);
    if (event.eventTimeMs !== null) expect(Number.isFinite(event.eventTimeMs)).toBe(true);
  }
  for (const name of reading.ignored) expect(name).toMatch(/^[\w.:() -]{1,80}$/);
}

const strange = fc.oneof(
  fc.constantFrom(null, undefined, '', 'null', -1, 0.5, 1e300, true, [], {}, [[]], '__proto__', 'x'.repeat(5000)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A genuine body in which one value, anywhere, became another. */
function withOneChanged(value: unknown, at: number, put: unknown): unknown {
  let left = at;
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return put;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
  };
  return walk(value);
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, child) => sum + sizeOf(child), 0);
}

describe.each(Object.entries(SIGNATURE_CASES))('%s', (_, signatureCase) => {
  const { adapter, bodies, secrets } = signatureCase;
  const settings = settingsOf(signatureCase);
  const genuine = bodies.map((body) => signatureCase.sign({ body, secret: secrets[0], atMs: NOW_MS }));
  const readable = async (body: string | Uint8Array): Promise<void> => {
    const delivery = { ...genuine[0]!, rawBody: deliveryOf(body).rawBody };
    await adapter.verify(delivery, settings);
    const reading = await adapter.read(delivery, settings);
    expectSound(reading);
    expect(adapter.acknowledge(reading).status).toBeLessThan(300);
  };

  test('[CON-5] no bytes make it throw', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), readable), { numRuns: 200, seed: 1 });
  });

  test('[CON-5] no JSON makes it throw', async () => {
    await fc.assert(fc.asyncProperty(fc.json({ maxDepth: 4 }), readable), { numRuns: 300, seed: 2 });
  });

  test('[CON-5] no value in any place of a genuine body makes it throw', async () => {
    const parsed = genuine.map(({ rawBody }) => JSON.parse(new TextDecoder().decode(rawBody)) as unknown);
    const place = fc
      .nat({ max: parsed.length - 1 })
      .chain((index) =>
        fc.record({ body: fc.constant(parsed[index]), at: fc.nat({ max: sizeOf(parsed[index]) - 1 }), put: strange }),
      );
    await fc.assert(
      fc.asyncProperty(place, ({ body, at, put }) =>
        readable(JSON.stringify(withOneChanged(body, at, put)) ?? 'undefined'),
      ),
      { numRuns: 1000, seed: 3 },
    );
  });

  test('[CON-19] fields that are new change nothing', async () => {
    for (const delivery of genuine) {
      const body = JSON.parse(new TextDecoder().decode(delivery.rawBody)) as object;
      const grown = { ...delivery, rawBody: deliveryOf(JSON.stringify({ ...body, a_new_field: { of: [1] } })).rawBody };
      expect(await adapter.read(grown, settings)).toEqual(await adapter.read(delivery, settings));
    }
  });

  test('[CON-19] a declaration names its documents, its attempt and its answer in time', () => {
    const { declaration } = adapter;
    expect(declaration.sources.length).toBeGreaterThan(0);
    expect(declaration.attemptKey).not.toBe('');
    expect(declaration.answerWithinMs).toBeGreaterThan(0);
    if (declaration.signs === 'fields') expect(declaration.signedFields.length).toBeGreaterThan(0);
    // A decision token has 64 characters.
    if (declaration.joinField !== null) expect(declaration.joinField.charactersMax).toBeGreaterThanOrEqual(64);
  });
});
