// A configurable HMAC for senders without an adapter of their own: the settings say how they sign and where each field stands.
import type { Reading, SettingsFault, SourceSettings, WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { jsonOf, readingOf, unreadable } from '../wire.ts';
import { readItem, valueAt } from './fields.ts';
import { customSettings } from './settings.ts';
import { keyOf, verifySignature } from './signature.ts';

const ITEMS_MAX = 1000;
const KEY_BYTES_MIN = 16;

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'custom-hmac',
    name: 'Any sender with an HMAC',
    sources: ['RFC 2104; the settings of the source'],
    signs: 'whole_body',
    signedFields: ['body', 'the header of signature.timestamp, if there is one'],
    unsignedDetails: [],
    // Of the settings, `signature.timestamp.window_seconds`: this is its default.
    replayWindowMs: 300_000,
    attemptKey: 'fields.attempt_key of the settings',
    joinField: { name: 'fields.decision_id, fields.transaction_id of the settings', charactersMax: 128 },
    needsFetch: false,
    reportsFailures: true,
    reliableCancel: false,
    answerWithinMs: 5_000,
  },
  settingsFaults,
  replayWindowOf,
  verify: verifySignature,
  read: ({ rawBody }, settings) => Promise.resolve(read(rawBody, settings)),
  acknowledge: () => ({ status: 200, body: '{"received":true}', contentType: 'application/json' }),
};

function settingsFaults(own: Readonly<Record<string, unknown>>, secrets: readonly string[]): readonly SettingsFault[] {
  const parsed = customSettings.safeParse(own);
  if (!parsed.success) return [...shapeFaults(customSettings, own), ...secretFaults(secrets)];
  const { signature } = parsed.data;
  const isGood = (secret: string): boolean => (keyOf(secret, signature)?.length ?? 0) >= KEY_BYTES_MIN;
  return secretFaults(
    secrets,
    isGood,
    `must be at least ${KEY_BYTES_MIN} bytes, written as signature.secret_encoding says`,
  );
}

/** Of settings that cannot be read nothing verifies. */
function replayWindowOf(own: Readonly<Record<string, unknown>>): number | null {
  const { data } = customSettings.safeParse(own);
  const seconds = data?.signature.timestamp?.window_seconds;
  return seconds === undefined ? null : seconds * 1_000;
}

function read(rawBody: Uint8Array, settings: SourceSettings): Reading {
  const json = jsonOf(rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const parsed = customSettings.safeParse(settings.own);
  if (!parsed.success) return unreadable('settings', null, json.value);
  const { items: path, fields } = parsed.data;
  const items = path === undefined ? [json.value] : valueAt(json.value, path);
  if (!Array.isArray(items) || items.length > ITEMS_MAX)
    return unreadable('unexpected_shape', path?.join('.') ?? null, json.value);
  return readingOf(items.map((item: unknown) => readItem(item, { segments: settings.segments, fields })));
}
