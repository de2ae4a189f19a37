// Sets a channel up and rotates its secret: its settings are judged in clear, and what leaves here is sealed. Rules: SPEC.md [NTF].
import type { Actor, ChannelReply } from '../ports/registry-port.ts';
import { PAGERDUTY_URLS, type Channel, type ChannelKind } from '../domain/notifications/channel.ts';
import type { Issue } from '../domain/configuration/configuration-change.ts';
import type { SealedSecret } from '../domain/configuration/webhook-source.ts';
import type { ChannelDraft, StoredChannel } from '../domain/configuration/notification-channel.ts';
import type { EventName } from '../domain/notifications/named-event.ts';
import type { Severity } from '../domain/notifications/incident.ts';
import type { World } from '../ports/world.ts';
import { channelPlace, openChannel } from './open-channel.ts';

/** As it was sent; what is `null` was left out. */
export interface ChannelInput {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly severities: readonly Severity[];
  readonly events: readonly EventName[];
  readonly url: string | null;
  /** In clear; of webhook channels. */
  readonly secrets: readonly string[] | null;
  /** In clear; of PagerDuty channels. */
  readonly routingKey: string | null;
}

export type ManagedChannel =
  | ChannelReply
  | { readonly ok: false; readonly reason: 'bad_settings'; readonly faults: readonly Issue[] };

/** Address and secrets that are left out stay as they are. */
export async function putChannel(
  world: World,
  input: ChannelInput,
  actor: Actor,
  ifMatch: number | null,
): Promise<ManagedChannel> {
  const { notifications, registry } = world;
  const now = world.now();
  const held = await registry.channel(input.id);
  // What another kind of channel had is of no use.
  const before = held?.kind === input.kind ? held : null;
  const known = before === null ? null : await openChannel(notifications.box, before, now);
  const channel = settingsOf(input, known);
  const faults = [...inputFaults(input, known), ...notifications.faults(channel)];
  if (faults.length > 0) return { ok: false, reason: 'bad_settings', faults };
  const draft = await draftOf(world, input, channel, before);
  // A key and the address it is sent to belong together: of the two, none is put beside one that was not looked at.
  const isHalf = input.kind === 'pagerduty' && (draft.address === 'keep') !== (draft.secrets === 'keep');
  return await registry.putChannel(draft, actor, ifMatch ?? (isHalf ? (held?.revision ?? 0) : null));
}

export interface ChannelRotation {
  readonly id: string;
  readonly secret: string;
  readonly overlapMs: number;
}

export async function rotateChannel(
  world: World,
  { id, secret, overlapMs }: ChannelRotation,
  actor: Actor,
  ifMatch: number | null,
): Promise<ManagedChannel> {
  const { notifications, registry } = world;
  const before = await registry.channel(id);
  if (before === null) return { ok: false, reason: 'not_found' };
  const known = await openChannel(notifications.box, before, world.now());
  if (known.kind !== 'webhook')
    return badSetting('secret', 'is of webhook channels only: PUT the channel with its new url or routing_key');
  const faults = notifications
    .faults({ ...known, secrets: [secret] })
    .map((fault) => (fault.field === 'secrets' ? { ...fault, field: 'secret' } : fault));
  if (faults.length > 0) return { ok: false, reason: 'bad_settings', faults };
  return await registry.rotateChannel({ id, secret: await sealed(world, secret, id), overlapMs }, actor, ifMatch);
}

const badSetting = (field: string, message: string): ManagedChannel => ({
  ok: false,
  reason: 'bad_settings',
  faults: [{ field, message }],
});

function settingsOf(input: ChannelInput, known: Channel | null): Channel {
  const { id, kind, severities, events } = input;
  const route = { id, severities, events, revision: known?.revision ?? 0 };
  const url = input.url ?? known?.url ?? (kind === 'pagerduty' ? PAGERDUTY_URLS.us : '');
  switch (kind) {
    case 'webhook': {
      const held = known?.kind === 'webhook' ? known.secrets : [];
      return { ...route, kind, url, secrets: input.secrets ?? held };
    }
    case 'slack':
      return { ...route, kind, url };
    case 'pagerduty': {
      const held = known?.kind === 'pagerduty' ? known.routingKey : '';
      return { ...route, kind, url, routingKey: input.routingKey ?? held };
    }
  }
}

/** What the settings by themselves cannot show. */
function inputFaults({ kind, url, secrets, routingKey, events }: ChannelInput, known: Channel | null): Issue[] {
  const isElsewhere = known?.kind === 'pagerduty' && url !== null && url !== known.url;
  const checks: readonly (readonly [isWrong: boolean, field: string, message: string])[] = [
    [kind !== 'webhook' && secrets !== null, 'secrets', 'are of webhook channels only'],
    [kind !== 'webhook' && events.length > 0, 'events', 'are told to webhook channels only'],
    [kind !== 'pagerduty' && routingKey !== null, 'routing_key', 'is of pagerduty channels only'],
    // Whoever may change the address must not be able to have a key that they were never shown sent there.
    [isElsewhere && routingKey === null, 'routing_key', 'must be given again with another url'],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, field, message]) => ({ field, message }));
}

async function draftOf(
  world: World,
  { id, name, kind, severities, events, url: givenUrl, secrets, routingKey }: ChannelInput,
  { url }: Channel,
  before: StoredChannel | null,
): Promise<ChannelDraft> {
  const given = kind === 'pagerduty' && routingKey !== null ? [routingKey] : secrets;
  const secretUrl = async (): Promise<string> => await world.notifications.box.seal(url, channelPlace(id));
  return {
    id,
    name,
    kind,
    severities,
    events,
    address: before !== null && givenUrl === null ? 'keep' : { host: new URL(url).host, secretUrl: await secretUrl() },
    secrets: await draftSecrets(world, id, given, before),
  };
}

async function draftSecrets(
  world: World,
  id: string,
  given: readonly string[] | null,
  before: StoredChannel | null,
): Promise<ChannelDraft['secrets']> {
  if (given === null) return before === null ? [] : 'keep';
  return await Promise.all(given.map(async (secret) => await sealed(world, secret, id)));
}

async function sealed(world: World, secret: string, channelId: string): Promise<SealedSecret> {
  return {
    id: `sec_${world.nonce().toString(16).padStart(16, '0')}`,
    sealed: await world.notifications.box.seal(secret, channelPlace(channelId)),
    createdAtMs: world.now(),
    expiresAtMs: null,
  };
}
