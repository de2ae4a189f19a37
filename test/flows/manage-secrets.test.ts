// Two operators at once: what the one leaves out of a change stays as it is when the change lands, not as it was when it was begun.
import { beforeEach, describe, expect, test } from 'vitest';
import { ACTOR, createWebhookHouse, inputOf, type WebhookHouse } from '../harness/webhook-house.ts';
import { putChannel, rotateChannel, type ChannelInput } from '../../src/flows/manage-channels.ts';
import { deleteSource, putSource, rotateSource } from '../../src/flows/manage-sources.ts';
import { openChannel } from '../../src/flows/open-channel.ts';
import { settingsOf } from '../../src/flows/open-source.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import type { World } from '../../src/ports/world.ts';

let house: WebhookHouse;
beforeEach(async () => {
  house = await createWebhookHouse(['stripe', 'mercado-pago']);
});

/** The world in which `meanwhile` happens after the source or channel was read and before the change of it lands. */
function interrupted(meanwhile: () => Promise<unknown>): World {
  const { registry } = house.world;
  let isDone = false;
  const once = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await meanwhile();
  };
  return {
    ...house.world,
    registry: {
      ...registry,
      putSource: async (...given) => {
        await once();
        return await registry.putSource(...given);
      },
      putChannel: async (...given) => {
        await once();
        return await registry.putChannel(...given);
      },
    },
  };
}

describe('a source', () => {
  const stripe = SIGNATURE_CASES['stripe']!;
  const NEXT = `whsec_${'n'.repeat(32)}`;
  const input = (over = {}) => inputOf('stripe', stripe, { secrets: null, ...over });
  const settings = async (id = 'stripe') =>
    await settingsOf(house.world.webhooks, (await house.world.registry.source(id))!, house.world.now());
  const rotate = async () =>
    await rotateSource(house.world, { id: 'stripe', secret: NEXT, overlapMs: 60_000 }, ACTOR, null);

  test('[WHK-25] keeps the secret of a rotation that came in between a change without secrets', async () => {
    const reply = await putSource(interrupted(rotate), input({ name: 'Renamed' }), ACTOR, null);
    expect(reply).toMatchObject({ ok: true, source: { name: 'Renamed' } });
    expect((await settings()).secrets).toEqual([NEXT, stripe.secrets[0]]);
  });

  test('[WHK-25] is not written back without its secrets when it was removed in between', async () => {
    const world = interrupted(async () => await deleteSource(house.world, 'stripe', ACTOR, null));
    expect(await putSource(world, input(), ACTOR, null)).toEqual({
      ok: false,
      reason: 'stale_version',
      currentVersion: 0,
    });
    expect(await house.world.registry.source('stripe')).toBeNull();
  });

  test('[WHK-25] takes no secret from another adapter that came in between', async () => {
    const other = inputOf('stripe', SIGNATURE_CASES['mercado-pago']!);
    const world = interrupted(async () => await putSource(house.world, other, ACTOR, null));
    expect(await putSource(world, input(), ACTOR, null)).toMatchObject({ reason: 'stale_version', currentVersion: 2 });
  });

  test('[WHK-25] keeps a secret setting that came in between a change without it', async () => {
    const mercado = SIGNATURE_CASES['mercado-pago']!;
    const { access_token: _token, ...rest } = mercado.own;
    const later = inputOf('mercado-pago', mercado, { own: { ...mercado.own, access_token: 'TEST-later-token' } });
    const world = interrupted(async () => await putSource(house.world, later, ACTOR, null));
    const change = inputOf('mercado-pago', mercado, { own: rest, secrets: null });
    expect(await putSource(world, change, ACTOR, null)).toMatchObject({ ok: true });
    expect((await settings('mercado-pago')).own['access_token']).toBe('TEST-later-token');
  });

  test('[WHK-26] is rotated and removed under the revision that was seen only', async () => {
    const stale = { ok: false, reason: 'stale_version', currentVersion: 1 };
    const rotation = { id: 'stripe', secret: NEXT, overlapMs: 0 };
    expect(await rotateSource(house.world, rotation, ACTOR, 7)).toEqual(stale);
    expect(await deleteSource(house.world, 'stripe', ACTOR, 7)).toEqual(stale);
    expect((await settings()).secrets).toEqual(stripe.secrets);
    expect(await rotateSource(house.world, rotation, ACTOR, 1)).toMatchObject({ ok: true });
    expect(await deleteSource(house.world, 'stripe', ACTOR, 2)).toEqual({ ok: true });
  });
});

describe('a channel', () => {
  const [OLD, NEW] = ['a', 'b'].map((letter) => `whsec_${btoa(letter.repeat(32))}`) as [string, string];
  const KEYS = ['A', 'B'].map((letter) => letter.repeat(32)) as [string, string];
  const left = { url: null, secrets: null, routingKey: null };
  const channel = (over: Partial<ChannelInput>): ChannelInput => ({
    id: 'ops',
    name: 'Ops',
    kind: 'webhook',
    severities: ['critical'],
    events: [],
    ...left,
    ...over,
  });
  const opened = async () =>
    await openChannel(house.world.notifications.box, (await house.world.registry.channel('ops'))!, house.world.now());
  const put = async (over: Partial<ChannelInput>, world: World = house.world) =>
    await putChannel(world, channel(over), ACTOR, null);

  test('[NTF-35] keeps the secret of a rotation that came in between a change without secrets', async () => {
    await put({ url: 'https://ops.test.dev/in', secrets: [OLD] });
    const rotation = { id: 'ops', secret: NEW, overlapMs: 60_000 };
    const world = interrupted(async () => await rotateChannel(house.world, rotation, ACTOR, null));
    expect(await put({ name: 'Renamed' }, world)).toMatchObject({ ok: true, channel: { name: 'Renamed' } });
    expect(await opened()).toMatchObject({ secrets: [NEW, OLD] });
  });

  test('[NTF-35] keeps an address that came in between a change without one', async () => {
    await put({ url: 'https://ops.test.dev/in', secrets: [OLD] });
    const world = interrupted(async () => await put({ url: 'https://new.test.dev/in' }));
    expect(await put({ name: 'Renamed' }, world)).toMatchObject({ ok: true, channel: { host: 'new.test.dev' } });
    expect(await opened()).toMatchObject({ url: 'https://new.test.dev/in', secrets: [OLD] });
  });

  test.each([
    ['the address again', { url: 'https://events.eu.pagerduty.com/v2/enqueue' }],
    ['a new key', { routingKey: KEYS[1] }],
  ])('[NTF-35] puts no routing key beside an address that came in between a change with %s', async (_, change) => {
    const kind = 'pagerduty' as const;
    await put({ kind, url: 'https://events.eu.pagerduty.com/v2/enqueue', routingKey: KEYS[0] });
    const moved = { kind, url: 'https://pager.test.dev/in', routingKey: 'C'.repeat(32) };
    const world = interrupted(async () => await put(moved));
    expect(await put({ kind, ...change }, world)).toMatchObject({ ok: false, reason: 'stale_version' });
    expect(await opened()).toMatchObject({ url: moved.url, routingKey: moved.routingKey });
  });

  test('[NTF-36] is rotated and removed under the revision that was seen only', async () => {
    await put({ url: 'https://ops.test.dev/in', secrets: [OLD] });
    const { registry } = house.world;
    const { revision } = (await registry.channel('ops'))!;
    const stale = { ok: false, reason: 'stale_version', currentVersion: revision };
    const rotation = { id: 'ops', secret: NEW, overlapMs: 0 };
    expect(await rotateChannel(house.world, rotation, ACTOR, revision - 1)).toEqual(stale);
    expect(await registry.deleteChannel('ops', ACTOR, revision - 1)).toEqual(stale);
    expect(await opened()).toMatchObject({ secrets: [OLD] });
    expect(await rotateChannel(house.world, rotation, ACTOR, revision)).toMatchObject({ ok: true });
    expect(await registry.deleteChannel('ops', ACTOR, null)).toEqual({ ok: true });
  });
});
