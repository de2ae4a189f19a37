import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { channelFaults } from '../../../src/platform/notifications/channel-faults.ts';
import { durationText, headline, moneyText } from '../../../src/platform/notifications/incident-text.ts';
import { pagerdutyMessage } from '../../../src/platform/notifications/pagerduty-message.ts';
import { createNotificationSender, SEND_TIMEOUT_MS } from '../../../src/platform/notifications/notification-sender.ts';
import { slackMessage } from '../../../src/platform/notifications/slack-message.ts';
import { webhookMessage } from '../../../src/platform/notifications/webhook-message.ts';
import { fitted, SEVERITIES, type Incident } from '../../../src/domain/notifications/incident.ts';
import {
  accepted,
  closing,
  eventOf,
  incident,
  ofAlert,
  route,
  T0,
} from '../../domain/notifications/sample-incident.ts';
import type { Action, AlertDelivery, EventDelivery } from '../../../src/domain/notifications/delivery.ts';
import type { Channel } from '../../../src/domain/notifications/channel.ts';

const SECRETS = ['a', 'b'].map((letter) => `whsec_${btoa(letter.repeat(32))}`);
const WEBHOOK = { ...route('ops'), kind: 'webhook' as const, url: 'https://example.com/', secrets: SECRETS };
const PAGER = {
  ...route('pager'),
  kind: 'pagerduty' as const,
  url: 'https://example.com/',
  routingKey: 'k'.repeat(32),
};

const delivery = (fields: Partial<Incident> = {}, action: Action = 'open'): AlertDelivery => ({
  ...ofAlert(accepted([incident(fields)], [route('ops')]).deliveries[0]),
  action,
});
/** Incidents of the longest and strangest texts. */
const wild = fc
  .record({
    reason: fc.string({ unit: 'binary', maxLength: 2_000 }),
    subject: fc.string({ unit: 'grapheme', maxLength: 400 }),
    evidence: fc.dictionary(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 200 }), {
      maxKeys: 30,
    }),
  })
  .map((fields) => fitted(incident(fields)));
const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('a signed webhook', () => {
  test('[NTF-19] both secrets of a rotation sign it, under an id without a full stop and the time of the attempt', () => {
    const now = Date.now();
    const { headers, body } = webhookMessage(WEBHOOK, delivery(), now);
    expect(headers['webhook-id']).toBe('ntf_1_alt_1');
    expect(headers['webhook-timestamp']).toBe(String(Math.floor(now / 1_000)));
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of SECRETS) expect(() => new Webhook(secret).verify(body, { ...headers })).not.toThrow();
    expect(() => new Webhook(btoa('c'.repeat(32))).verify(body, { ...headers })).toThrow();
    expect(JSON.parse(body)).toMatchObject({ type: 'alert.opened', timestamp: new Date(T0).toISOString() });
  });

  test('[NTF-19] it is smaller than 20 kB whatever the incident says', () => {
    const worst = fitted(
      incident({
        reason: '"€'.repeat(2_000),
        subject: '€'.repeat(900),
        acknowledgedBy: '€'.repeat(900),
        evidence: Object.fromEntries(
          Array.from({ length: 40 }, (_, index) => [`${index}${'€'.repeat(100)}`, '€'.repeat(500)]),
        ),
      }),
    );
    expect(bytes(webhookMessage(WEBHOOK, { ...delivery(), incident: worst }, T0).body)).toBeLessThan(20_000);
    fc.assert(
      fc.property(wild, (given) => {
        expect(bytes(webhookMessage(WEBHOOK, { ...delivery(), incident: given }, T0).body)).toBeLessThan(20_000);
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

interface SlackBody {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text?: { readonly type: string; readonly text: string };
    readonly fields?: readonly { readonly text: string }[];
    readonly elements?: readonly { readonly text: unknown }[];
  }[];
}
const slack = (given: AlertDelivery, consoleUrl: string | null = null): SlackBody =>
  JSON.parse(slackMessage(given, consoleUrl).body) as SlackBody;

describe('a Slack message', () => {
  test('[NTF-25] it says what, why, since when, what is at stake and what Signalbox does', () => {
    const body = slack(
      delivery({ severity: 'critical', moneyAtRisk: { minorPerHour: 123_450, currency: 'BRL' } }),
      'https://box.example.com/',
    );
    expect(body.text).toBe('🔴 CRITICAL: processor_a (PIX in BR) is failing, its traffic has left');
    expect(body.blocks.map(({ type }) => type)).toEqual([
      'header',
      'section',
      'section',
      'section',
      'actions',
      'context',
    ]);
    const all = JSON.stringify(body);
    for (const words of [
      'five technical failures',
      'BRL 1234.50 an hour',
      'HEALTHY → DOWN',
      '<!date^1790000000^',
      'What Signalbox does',
      'alt_1 · failures 5',
    ])
      expect(all).toContain(words);
  });

  test('[NTF-25] an end says how long it lasted, and a name who works on it', () => {
    const over = { ...delivery({}, 'close'), incident: closing({ closedAtMs: T0 + 3_900_000 }) };
    expect(slack(over).text).toBe('🟢 Over: processor_a (PIX in BR) is failing, its traffic has left');
    expect(JSON.stringify(slack(over))).toContain('1 h 5 min');
    expect(JSON.stringify(slack(delivery({ acknowledgedBy: 'Ada' }, 'acknowledge')))).toContain(
      '*Acknowledged by*\\nAda',
    );
  });

  test('[NTF-25] &, < and > are escaped, so that nothing quoted mentions anyone or forges a link', () => {
    const nasty = '<!channel> <https://evil.example|click> & @here';
    const body = slack(delivery({ reason: nasty, evidence: { note: nasty }, subject: nasty }));
    expect(body.blocks[1]?.text?.text).toBe('&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; @here');
    const marked = [
      body.text,
      ...body.blocks.filter(({ type }) => type !== 'header').map((block) => JSON.stringify(block)),
    ];
    for (const text of marked) expect(text.replaceAll(/<!date[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    expect(JSON.stringify(body.blocks[1])).toContain('"verbatim":true');
  });

  test('[NTF-25] it keeps to the lengths that Slack takes', () => {
    fc.assert(
      fc.property(wild, (given) => {
        const body = slack({ ...delivery(), incident: given });
        expect(body.blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
        for (const { text, fields = [], elements = [] } of body.blocks) {
          expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
          expect(fields.every((field) => field.text.length <= 2_000)).toBe(true);
          expect(elements.every((element) => String(element.text).length <= 3_000)).toBe(true);
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

describe('a PagerDuty event', () => {
  const event = (given: AlertDelivery): Record<string, unknown> =>
    JSON.parse(pagerdutyMessage(PAGER, given, 'https://box.example.com/').body) as Record<string, unknown>;

  test('[NTF-26] a trigger carries summary, source, severity, class and links', () => {
    expect(event(delivery({ severity: 'critical' }))).toMatchObject({
      routing_key: PAGER.routingKey,
      event_action: 'trigger',
      dedup_key: 'alt_1',
      links: [{ href: 'https://box.example.com/', text: 'Open Signalbox' }],
      payload: {
        summary: 'CRITICAL: processor_a (PIX in BR) is failing, its traffic has left: five technical failures in a row',
        source: 'processor_a',
        severity: 'critical',
        timestamp: new Date(T0).toISOString(),
        component: 'PIX|BR',
        class: 'breaker',
        custom_details: { failures: 5, status: 'DOWN' },
      },
    });
  });

  test('[NTF-6] every action of an incident bears its one key, and all but a trigger nothing else', () => {
    const sent = (['open', 'update', 'acknowledge', 'close'] as const).map((action) => event(delivery({}, action)));
    expect(sent.map(({ event_action }) => event_action)).toEqual(['trigger', 'trigger', 'acknowledge', 'resolve']);
    expect(new Set(sent.map(({ dedup_key }) => dedup_key))).toEqual(new Set(['alt_1']));
    expect(Object.keys(sent[3]!)).toEqual(['routing_key', 'event_action', 'dedup_key']);
  });

  test('[NTF-26] severities are passed on as they are, and a summary has at most 1,024 characters', () => {
    for (const severity of SEVERITIES) expect(event(delivery({ severity }))).toMatchObject({ payload: { severity } });
    const long = event(delivery({ reason: 'x'.repeat(1_000), subject: 'y'.repeat(200) }));
    expect((long['payload'] as { summary: string }).summary).toHaveLength(1_024);
  });
});

test('[NTF-25] words for people: times, money, and kinds that nobody has words for', () => {
  expect([0, 59_000, 60_000, 7_500_000].map(durationText)).toEqual(['1 s', '59 s', '1 min', '2 h 5 min']);
  expect(moneyText(incident({ moneyAtRisk: { minorPerHour: 5, currency: 'JPY' } }))).toBe('JPY 5 an hour');
  expect(moneyText(incident({ moneyAtRisk: { minorPerHour: 5, currency: 'XXX' } }))).toBeNull();
  expect(headline(incident({ kind: 'clock_skew', subject: 'txn_1' }), 'open')).toBe('ERROR: txn_1 clock skew');
});

test('[NTF-22] an attempt may take 15 s', () => {
  expect(SEND_TIMEOUT_MS).toBe(15_000);
});

describe('a named event', () => {
  const told: EventDelivery = {
    id: 'evt_ops_scaled_up_1_3',
    sequence: 1,
    channelId: 'ops',
    channelKind: 'webhook',
    action: 'tell',
    event: eventOf(),
    createdAtMs: T0 + 5,
    progress: { state: 'waiting', attempts: 0, dueAtMs: T0 },
    lastAnswer: null,
  };

  test('[NTF-38] is a message of its name, signed by each secret, with what the live socket told', () => {
    const { headers, body } = webhookMessage(WEBHOOK, told, Date.now());
    for (const secret of SECRETS)
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        type: 'scaled_up',
        timestamp: new Date(T0).toISOString(),
        data: { change: { from: 2, to: 3 } },
      });
    expect(headers['webhook-id']).toBe(told.id);
  });

  test('[NTF-38] is smaller than 20 kB at its longest', () => {
    const data = JSON.stringify({ why: 'a'.repeat(16_384 - 10) });
    const { body } = webhookMessage(WEBHOOK, { ...told, event: eventOf({ data }) }, T0);
    expect(bytes(body)).toBeLessThan(20_000);
  });

  test('[NTF-37] is not sent to a channel that is no webhook any more', async () => {
    const settings = { allowLoopback: false, consoleUrl: null, timeoutMs: 10, clock: () => T0 };
    const chat = { ...route('ops'), kind: 'slack' as const, url: 'https://chat.test.dev/' };
    expect(await createNotificationSender(settings).send(chat, told)).toEqual({
      kind: 'unsendable',
      why: 'no_webhook',
    });
  });
});

describe('a channel as it is set', () => {
  const cases: readonly (readonly [Channel, readonly string[]])[] = [
    [WEBHOOK, []],
    [PAGER, []],
    [{ ...route('chat'), kind: 'slack', url: 'https://hooks.slack.com/services/x' }, []],
    [{ ...WEBHOOK, id: 'No Good', severities: [], url: 'http://example.com/' }, ['id', 'severities', 'url']],
    [{ ...WEBHOOK, secrets: [] }, ['secrets']],
    [{ ...WEBHOOK, secrets: [...SECRETS, SECRETS[0]!] }, ['secrets']],
    [{ ...WEBHOOK, secrets: [`whsec_${btoa('a'.repeat(23))}`] }, ['secrets']],
    [{ ...WEBHOOK, secrets: [`whsec_${btoa('a'.repeat(65))}`] }, ['secrets']],
    [{ ...WEBHOOK, secrets: ['whsec_not base64'] }, ['secrets']],
    [{ ...WEBHOOK, secrets: [btoa('a'.repeat(32))] }, ['secrets']],
    [{ ...PAGER, routingKey: 'short' }, ['routing_key']],
  ];
  test.each(cases)('[NTF-27] %o has faults in %o', (channel, fields) => {
    expect(channelFaults(channel, { allowLoopback: false }).map(({ field }) => field)).toEqual(fields);
  });
});
