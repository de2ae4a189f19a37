// What the Registry hands to the courier: in one transaction with what changed, and kept until the courier has it.
import { describe, expect, test } from 'vitest';
import { ACTOR, signal, type Told, withRegistry } from './registry-harness.ts';
import type { ChannelDraft } from '../../src/domain/configuration/notification-channel.ts';

const DRAFT: ChannelDraft = {
  id: 'ops',
  name: 'On call',
  kind: 'slack',
  severities: ['critical'],
  address: { host: 'chat.test.dev', secretUrl: 'sealed' },
  secrets: [],
};
const heard = ({ words }: Told): (readonly [sequence: number, processor: string | null])[] =>
  words.flatMap((batch) => batch.words.map(({ sequence, alert }) => [sequence, alert?.processorId ?? null] as const));

describe('the outbox of alerts', () => {
  test('[NTF-31] a changed alert is with the courier when its signal is answered, under the channels as they are', async () => {
    await withRegistry(async (registry, told, _again, { storage }) => {
      await registry.putChannel(DRAFT, ACTOR, null);
      await registry.signal([signal('a')]);
      await registry.deleteChannel('ops', ACTOR, null);
      await registry.signal([signal('a', { state: 'off', atMs: Date.now() + 1 })]);
      expect(heard(told)).toEqual([
        [1, null],
        [2, 'a'],
        [3, null],
        [4, 'a'],
      ]);
      expect(told.words.map(({ routes }) => routes.map(({ id }) => id))).toEqual([['ops'], ['ops'], [], []]);
      expect(told.words[3]?.words[0]?.alert?.closedAtMs).not.toBeNull();
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  test('[NTF-31] what was signalled while the courier was away is told after a crash, in order', async () => {
    await withRegistry(async (registry, told, again, { storage }) => {
      told.courier = 'throws';
      await registry.signal([signal('a'), signal('b')]);
      await registry.signal([signal('a', { state: 'off', atMs: Date.now() + 1 })]);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      const reborn = again();
      told.courier = 'listens';
      await reborn.alarm();
      expect(heard(told)).toEqual([
        [1, 'a'],
        [2, 'b'],
        [3, 'a'],
      ]);
      expect(await storage.getAlarm()).toBeNull();
      await reborn.alarm();
      expect(told.words).toHaveLength(1);
    });
  });

  test('[NTF-31] a word whose answer was lost is sent again under its number, and new ones never take an old one', async () => {
    await withRegistry(async (registry, told, again) => {
      told.courier = 'forgets';
      await registry.signal([signal('a')]);
      told.courier = 'listens';
      const reborn = again();
      await reborn.signal([signal('b')]);
      await reborn.signal([signal('c')]);
      expect(heard(told)).toEqual([
        [1, 'a'],
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]);
    });
  });

  test('[NTF-31] a courier that hangs holds up a signal for half a second at most', async () => {
    await withRegistry(async (registry, told, _again, { storage }) => {
      told.courier = 'hangs';
      const start = Date.now();
      await registry.signal([signal('a')]);
      expect(Date.now() - start).toBeLessThan(2_000);
      expect(await storage.getAlarm()).toBeGreaterThan(start);
    });
  });

  test('[NTF-31] an outage of hundreds of changes is told whole', async () => {
    await withRegistry(async (registry, told) => {
      told.courier = 'throws';
      await registry.signal(Array.from({ length: 250 }, (_, index) => signal(`p${index}`)));
      told.courier = 'listens';
      await registry.alarm();
      expect(heard(told).map(([sequence]) => sequence)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    });
  });

  test('[NTF-33] an acknowledgement goes the same way, is audited, and is shown to live sockets', async () => {
    await withRegistry(async (registry, told) => {
      await registry.signal([signal('a')]);
      const id = told.words[0]?.words[0]?.alert?.id ?? '';
      expect(await registry.acknowledge(id, 'Ada', ACTOR)).toMatchObject({ ok: true });
      expect(await registry.acknowledge(id, 'Bob', ACTOR)).toEqual({ ok: false, reason: 'acknowledged' });
      expect(told.words.at(-1)?.words).toMatchObject([{ sequence: 2, alert: { acknowledgement: { by: 'Ada' } } }]);
      expect(told.alerts.at(-1)?.alerts).toMatchObject([{ id, acknowledgement: { by: 'Ada' } }]);
      await registry.signal([signal('a', { state: 'off', atMs: Date.now() + 1 })]);
      expect((await registry.alerts(null, null, 10)).items).toMatchObject([{ id, acknowledgement: { by: 'Ada' } }]);
      expect((await registry.audit(null, 10)).items).toMatchObject([
        { action: 'acknowledge_alert', subject: id, after: '{"by":"Ada"}' },
      ]);
    });
  });
});

describe('channels in the Registry', () => {
  test('[NTF-28] outlive an eviction, and the audit log has neither address nor secrets', async () => {
    await withRegistry(async (registry, _told, again) => {
      const secret = { id: 'sec_1', sealed: 'sealed secret', createdAtMs: 1, expiresAtMs: null };
      await registry.putChannel({ ...DRAFT, kind: 'webhook', secrets: [secret] }, ACTOR, 0);
      expect(await registry.putChannel(DRAFT, ACTOR, 0)).toMatchObject({ reason: 'stale_version' });
      const rotation = { id: 'ops', secret: { ...secret, id: 'sec_2' }, overlapMs: 60_000 };
      expect(await again().rotateChannel(rotation, ACTOR, 1)).toMatchObject({ reason: 'stale_version' });
      await again().rotateChannel(rotation, ACTOR, null);
      expect(
        await again().putChannel({ ...DRAFT, kind: 'webhook', address: 'keep', secrets: 'keep' }, ACTOR, null),
      ).toMatchObject({ ok: true, channel: { secretUrl: 'sealed' } });
      expect(await again().channel('ops')).toMatchObject({ secrets: [{ id: 'sec_2' }, { id: 'sec_1' }] });
      expect(await again().rotateChannel({ ...rotation, id: 'nobody' }, ACTOR, null)).toEqual({
        ok: false,
        reason: 'not_found',
      });
      expect(await again().deleteChannel('ops', ACTOR, 1)).toMatchObject({ reason: 'stale_version' });
      expect(await again().deleteChannel('ops', ACTOR, null)).toEqual({ ok: true });
      expect(await again().deleteChannel('ops', ACTOR, null)).toEqual({ ok: false, reason: 'not_found' });
      expect(await again().channels()).toEqual([]);
      const { items } = await registry.audit(null, 10);
      expect(items.map(({ action }) => action)).toEqual([
        'delete_channel',
        'put_channel',
        'rotate_channel',
        'put_channel',
      ]);
      expect(JSON.stringify(items)).not.toContain('sealed');
    });
  });
});
