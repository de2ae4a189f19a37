// T15 of payment-rules through the real Worker: what its objects have on disk, its log, metrics and answers are searched for card numbers.
import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import worker from './test-worker.ts';
import { shardOf } from '../../durable-objects/credential-ledger-client.ts';
import { ATTEMPT } from '../contract/http/next-payment-question.ts';
import { drawCards, leftOf } from '../harness/card-flood.ts';
import { pick } from '../connectors/signature-cases.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { seeded } from '../harness/seeded.ts';
import { sendOne } from '../harness/card-flood-sender.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { tellFigures } from '../harness/soak.ts';

const PAYLOADS = 300;
const PROCESSOR = 'everything';
/** One asks its vendor over the network, and is left out. */
const CASES = Object.entries(SIGNATURE_CASES)
  .filter(([, { adapter }]) => !adapter.declaration.needsFetch)
  .map(([name, signatureCase]) => [name.replaceAll(' ', '-'), signatureCase] as const);

const logged: string[] = [];
afterEach(() => void vi.restoreAllMocks());

/** Every row of every table, and what is kept by key. */
async function onDisk(stub: DurableObjectStub): Promise<string> {
  return await runInDurableObject(stub, async (_, { storage }) => {
    const tables = storage.sql
      .exec<{
        name: string;
      }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`)
      .toArray();
    const rows = tables.map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    return JSON.stringify([rows, [...storage.kv.list()]], (_name, value: unknown) =>
      value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : value,
    );
  });
}

test(
  `[PAN-12] of ${PAYLOADS} payloads to the Worker none leaves a card number on disk, in its log, metrics or answers`,
  { timeout: 60_000 },
  async ({ task }) => {
    for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, name).mockImplementation(
        (...words: unknown[]) => void logged.push(words.map(String).join(' ')),
      );
    const key = await registryStub(env as Env).createKey('admin', ['admin'], { keyId: 'key_t', requestId: 'req_1' });
    if (!key.ok) throw new Error(key.reason);
    const answers: string[] = [];
    const statuses: number[] = [];
    // What goes on behind an answer takes a second now and then, and is waited for once.
    const open: ExecutionContext[] = [];
    const request = async (path: string, init: RequestInit): Promise<void> => {
      const headers = new Headers(init.headers);
      if (!path.startsWith('/webhooks')) headers.set('authorization', `Bearer ${key.secret}`);
      const send = async (): Promise<number> => {
        const context = createExecutionContext();
        const sent = new Request(`https://signalbox.example${path}`, { ...init, headers });
        const response = await worker.fetch(sent as Parameters<typeof worker.fetch>[0], env as Env, context);
        answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
        open.push(context);
        return response.status;
      };
      let status = await send();
      // On a busy machine a delivery may not be recorded in its sender's time: it is sent again, as its sender would.
      for (let again = 0; status === 503 && again < 5; again += 1) status = await send();
      expect(status, path.split('?')[0]).toBeLessThan(500);
      statuses.push(status);
    };
    const json = (method: string, body: object): RequestInit => ({
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const processor = {
      id: PROCESSOR,
      name: 'All',
      countries: ['BR', 'KE'],
      payment_methods: ['CARD', 'MOBILE_MONEY'],
    };
    await request('/api/v1/processors', json('POST', processor));
    for (const [source, { adapter, own, secrets }] of CASES) {
      const segments = { payment_method_default: 'CARD', country_default: 'BR' };
      const body = { name: source, adapter: adapter.declaration.id, processor_id: PROCESSOR, own, secrets };
      await request(`/api/v1/sources/${source}`, json('PUT', { ...body, segments }));
    }

    expect(new Set(statuses)).toEqual(new Set([200, 201]));

    const draw = seeded(15);
    const cards = drawCards(200, draw);
    const receiver = {
      draw,
      processorId: PROCESSOR,
      cases: CASES,
      now: () => Date.now(),
      request,
      vendorAnswers: () => {},
    };
    let sent = 0;
    for (; sent < PAYLOADS; sent += 1) await sendOne(receiver, pick(cards, draw));
    await Promise.all(open.map(async (context) => await waitOnExecutionContext(context)));
    await request('/metrics', {});

    const disks = await Promise.all([
      onDisk(env.PROCESSOR.get(env.PROCESSOR.idFromName(PROCESSOR))),
      onDisk(env.REGISTRY.get(env.REGISTRY.idFromName('main'))),
      onDisk(env.WEBHOOK_INTAKE.get(env.WEBHOOK_INTAKE.idFromName('main'))),
      onDisk(
        env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName(await shardOf(ATTEMPT.credential_fingerprint))),
      ),
    ]);
    const kept = [...disks, ...answers, ...logged].join('\n');
    expect(leftOf(kept, new Set(cards))).toEqual([]);
    // What is searched has something in it.
    expect(disks[0]).toContain('transactionId');
    expect(disks[2]).toContain('sourceId');
    expect(answers.at(-1)).toContain('signalbox_webhook_deliveries_total');
    expect(logged.join('\n')).toContain('card_number_refused');
    tellFigures(task, { 'payloads through the Worker': sent });
  },
);
