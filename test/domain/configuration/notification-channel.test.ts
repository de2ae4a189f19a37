import { describe, expect, test } from 'vitest';
import {
  channelPut,
  CHANNELS_MAX,
  rotatedChannel,
  type ChannelDraft,
  type StoredChannel,
} from '../../../src/domain/configuration/notification-channel.ts';

const NOW = 1_790_000_000_000;
const secret = (id: string) => ({ id, sealed: `b1.1.${id}`, createdAtMs: NOW, expiresAtMs: null });
const draft = (fields: Partial<ChannelDraft> = {}): ChannelDraft => ({
  id: 'ops',
  name: 'On call',
  kind: 'webhook',
  severities: ['critical'],
  address: { host: 'example.com', secretUrl: 'b1.1.url' },
  secrets: [secret('one')],
  ...fields,
});
function stored(fields: Partial<ChannelDraft> = {}, now = NOW): StoredChannel {
  const outcome = channelPut([], draft(fields), null, now);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.channel;
}

describe('a stored channel', () => {
  test('[NTF-28] is one of at most 50; those that are there can still be changed', () => {
    const all = Array.from({ length: CHANNELS_MAX }, (_, index) => stored({ id: `c${index}` }));
    expect(channelPut(all, draft(), null, NOW)).toMatchObject({ reason: 'invalid', issues: [{ field: 'id' }] });
    expect(channelPut(all, draft({ id: 'c7' }), null, NOW)).toMatchObject({ ok: true });
    expect(CHANNELS_MAX).toBe(50);
  });

  test.each([
    ['id', { id: 'No Good' }],
    ['name', { name: ' ' }],
  ])('[NTF-27] with a bad %s is refused by field', (field, fields) => {
    expect(channelPut([], draft(fields), null, NOW)).toMatchObject({ reason: 'invalid', issues: [{ field }] });
  });

  test('[NTF-30] has a revision that grows with every change, within a millisecond and over a deletion', () => {
    const first = stored();
    const second = channelPut([first], draft(), first.revision, NOW);
    expect(second).toMatchObject({ ok: true, channel: { revision: first.revision + 1, createdAtMs: NOW } });
    expect(rotatedChannel(first, secret('two'), 0, NOW).revision).toBe(first.revision + 1);
    expect(stored({}, NOW + 60_000).revision).toBeGreaterThan(first.revision + 1);
  });

  test('[NTF-30] is not changed by whoever saw another revision', () => {
    const first = stored();
    for (const ifMatch of [0, first.revision - 1])
      expect(channelPut([first], draft(), ifMatch, NOW)).toEqual({
        ok: false,
        reason: 'stale_version',
        currentVersion: first.revision,
      });
    expect(channelPut([], draft(), 0, NOW)).toMatchObject({ ok: true });
  });

  test('[NTF-29] signs with two secrets while one is rotated out, and with the third the first ends at once', () => {
    const second = rotatedChannel(stored(), secret('two'), 60_000, NOW);
    expect(second.secrets.map(({ id, expiresAtMs }) => [id, expiresAtMs])).toEqual([
      ['two', null],
      ['one', NOW + 60_000],
    ]);
    const third = rotatedChannel(second, secret('three'), 60_000, NOW + 1);
    expect(third.secrets.map(({ id }) => id)).toEqual(['three', 'two']);
    expect(rotatedChannel(third, secret('four'), 0, NOW + 2).secrets.map(({ id }) => id)).toEqual(['four']);
  });
});
