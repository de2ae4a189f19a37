// docs/webhooks.md, executed: every example is taken out of the document and run as it stands in a shell.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { payment } from '../connectors/mercado-pago/fixtures/payments.ts';
import { useLocalSystem } from '../harness/local-system.ts';

const DOCUMENT = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');

const VENDORS = [
  'Stripe',
  'Adyen',
  'Hyperswitch',
  'Paystack',
  'Mercado Pago',
  'M-Pesa',
  'Standard Webhooks',
  'Any sender with an HMAC',
] as const;

const now = new Date().toISOString();
const PAID_NOW = { external_reference: 'ord_1001-5', date_created: now, date_approved: now, date_last_updated: now };

interface Section {
  readonly shell: readonly string[];
  readonly answer: string | undefined;
}

function sectionOf(heading: string): Section {
  const text = DOCUMENT.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  if (text === undefined) throw new Error(`there is no section ${heading}`);
  return {
    shell: [...text.matchAll(/^```bash.*\n([\s\S]*?)^```$/gm)].map(([, code]) => code!),
    answer: /answers `([^`]+)`/.exec(text)?.[1],
  };
}

interface Adapter {
  readonly id: string;
  readonly signs: string;
  readonly replay_window_seconds: number | null;
  readonly join_field: { readonly name: string; readonly characters_max: number };
  readonly needs_fetch: boolean;
  readonly reports_failures: boolean;
  readonly reliable_cancel: boolean;
  readonly answer_within_ms: number;
}

const yes = (is: boolean): string => (is ? 'yes' : 'no');

const rowOf = (adapter: Adapter): readonly string[] => [
  `\`${adapter.id}\``,
  adapter.signs,
  adapter.replay_window_seconds === null ? 'none' : `${adapter.replay_window_seconds} s`,
  `\`${adapter.join_field.name}\` (${adapter.join_field.characters_max})`,
  yes(adapter.needs_fetch),
  yes(adapter.reports_failures),
  yes(adapter.reliable_cancel),
  `${adapter.answer_within_ms / 1_000} s`,
];

describe('the examples of docs/webhooks.md', () => {
  const local = useLocalSystem({
    // Mercado Pago, in place of the real one.
    outside: async (request) =>
      request.url === 'https://api.mercadopago.com/v1/payments/102067490102'
        ? Response.json(payment(PAID_NOW))
        : new Response(null, { status: 404 }),
  });
  let key = '';
  const shell = async (code: string): Promise<string> => {
    const env = { ...process.env, URL: local().system.url, KEY: key };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', code], { env });
    return stdout;
  };
  const recorded = async (source: string): Promise<number> => {
    const metrics = await (await local().api.request('GET', '/metrics')).text();
    const line = `signalbox_webhook_events_total{source="${source}",outcome="recorded"} `;
    return Number(metrics.split(line)[1]?.split('\n')[0] ?? 0);
  };

  beforeAll(async () => {
    key = await local().api.createKey('documentation', ['admin']);
    await shell(sectionOf('Before you begin').shell.join('\n'));
  });

  test.each(VENDORS)('of %s register a source, and sign a delivery that is recorded', async (vendor) => {
    const { shell: blocks, answer } = sectionOf(vendor);
    expect(blocks).toHaveLength(2);
    const [register, deliver] = blocks as [string, string];
    const source = /\/api\/v1\/sources\/([a-z-]+) /.exec(register)![1]!;
    expect(DOCUMENT).toContain(`https://<your deployment>/webhooks/${source}`);
    const said = (await shell(`${register}\n${deliver}`)).split('\n');
    // The source's own JSON has no line end, so the answer follows on its heels.
    expect(said.at(-2)!.endsWith(answer!)).toBe(true);
    const deadline = performance.now() + 10_000;
    while ((await recorded(source)) < 1 && performance.now() < deadline) await sleep(100);
    const { dead_letters: letters } = await local().api.get<{ dead_letters: object[] }>('/api/v1/dead-letters');
    expect(letters).toEqual([]);
    expect(await recorded(source)).toBe(1);
  });

  test.each(VENDORS.filter((vendor) => sectionOf(vendor).shell[1]?.includes('"$BODY"') && vendor !== 'M-Pesa'))(
    'of %s no longer hold when the body is changed after it was signed',
    async (vendor) => {
      const [register, deliver] = sectionOf(vendor).shell as [string, string];
      const forged = deliver.replace('--data-binary "$BODY"', '--data-binary "${BODY/ord/orc}"');
      expect(forged).not.toBe(deliver);
      expect((await shell(`${register}\n${forged}`)).trimEnd().endsWith('401')).toBe(true);
    },
  );

  test('say of each adapter what it declares', async () => {
    const { adapters } = await local().api.get<{ adapters: Adapter[] }>('/api/v1/adapters');
    const rows = [...DOCUMENT.matchAll(/^\| (`[a-z-]+` .*)\|$/gm)].map(([, row]) =>
      row!.split('|').map((cell) => cell.trim()),
    );
    // What is read from a stream is no webhook, and has no delivery to sign.
    const senders = adapters.filter(({ id }) => id !== 'redis-stream');
    expect(rows.toSorted()).toEqual(senders.map(rowOf).toSorted());
  });
});
