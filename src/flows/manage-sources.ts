// Sets a source up and rotates its secret: the adapter judges the settings in clear, and what leaves here is sealed. Rules: SPEC.md [WHK].
import type { SealedSecret, SourceDraft, WebhookSource } from '../domain/configuration/webhook-source.ts';
import { isReadStream, isStream } from '../domain/configuration/stream-source.ts';
import type { Actor, Removal, SourceReply } from '../ports/registry-port.ts';
import type { SettingsFault, SourceAdapter } from '../ports/webhook-adapter.ts';
import type { World } from '../ports/world.ts';
import { sealPlace, settingsOf } from './open-source.ts';

export interface SourceInput extends Omit<SourceDraft, 'sealedOwn' | 'secrets'> {
  /** In clear; `null`: those it has stay. */
  readonly secrets: readonly string[] | null;
}

export type Managed =
  | SourceReply
  | { readonly ok: false; readonly reason: 'bad_settings'; readonly faults: readonly SettingsFault[] };

/** A secret setting that is left out stays as it is, as the secrets do. */
export async function putSource(
  world: World,
  input: SourceInput,
  actor: Actor,
  ifMatch: number | null,
): Promise<Managed> {
  const { webhooks, registry } = world;
  const adapter = adapterNamed(world, input.adapter);
  if (adapter === null) return badSettings('adapter', 'is not an adapter: GET /api/v1/adapters lists them');
  const now = world.now();
  const held = await registry.source(input.id);
  // Another adapter's secrets and settings are of no use.
  const before = held?.adapter === input.adapter ? held : null;
  const known = before === null ? null : await settingsOf(webhooks, before, now);
  const secretNames = adapter.declaration.secretSettings ?? [];
  const kept = secretNames.filter((name) => !Object.hasOwn(input.own, name) && known?.own[name] !== undefined);
  const own = { ...input.own, ...Object.fromEntries(kept.map((name) => [name, known?.own[name]])) };
  const secrets = input.secrets ?? known?.secrets ?? [];
  const faults = [...adapter.settingsFaults(own, secrets), ...(await streamFaults(world, input, own))];
  if (faults.length > 0) return { ok: false, reason: 'bad_settings', faults };
  const place = sealPlace(input.id);
  const sealedOwn = await Promise.all(
    secretNames
      .filter((name) => Object.hasOwn(own, name))
      .map(async (name) => {
        const text = kept.includes(name) ? null : String(own[name as keyof typeof own]);
        return [name, text === null ? null : await webhooks.box.seal(text, place)] as const;
      }),
  );
  const draft: SourceDraft = {
    ...input,
    own: Object.fromEntries(Object.entries(own).filter(([name]) => !secretNames.includes(name))),
    sealedOwn: Object.fromEntries(sealedOwn),
    secrets: await draftSecrets(world, input, before),
  };
  // Where nothing was there to stay, nothing that has come meanwhile may be taken away.
  const isBlind = input.secrets === null && before === null;
  const reply = await registry.putSource(draft, actor, ifMatch ?? (isBlind ? (held?.revision ?? 0) : null));
  webhooks.sources.forget();
  if (reply.ok && isReadStream(reply.source)) world.later(world.streams.readers.wake(input.id));
  return reply;
}

async function draftSecrets(
  world: World,
  { id, secrets }: SourceInput,
  before: WebhookSource | null,
): Promise<SourceDraft['secrets']> {
  if (secrets === null) return before === null ? [] : 'keep';
  return await Promise.all(secrets.map(async (secret) => await sealed(world, secret, id)));
}

/** What the adapter alone cannot see: whether there is a Redis, and whether another source reads with the same group. */
async function streamFaults(
  { streams, registry }: World,
  input: SourceInput,
  own: Readonly<Record<string, unknown>>,
): Promise<readonly SettingsFault[]> {
  if (!isStream(input)) return [];
  if (streams.missing.length > 0)
    return [{ field: 'adapter', message: `needs a Redis: ${streams.missing.join(' and ')} not set` }];
  const place = streams.placeOf({ own });
  const rival = (await registry.sources()).filter(isStream).find((other) => {
    const theirs = streams.placeOf(other);
    return other.id !== input.id && theirs?.stream === place?.stream && theirs?.group === place?.group;
  });
  if (place === null || rival === undefined) return [];
  return [{ field: 'own.group', message: `is the group with which the source ${rival.id} reads this stream` }];
}

export interface Rotation {
  readonly id: string;
  readonly secret: string;
  readonly overlapMs: number;
}

export async function rotateSource(
  world: World,
  { id, secret, overlapMs }: Rotation,
  actor: Actor,
  ifMatch: number | null,
): Promise<Managed> {
  const before = await world.registry.source(id);
  const adapter = before === null ? null : adapterNamed(world, before.adapter);
  if (before === null || adapter === null) return { ok: false, reason: 'not_found' };
  const { own } = await settingsOf(world.webhooks, before, world.now());
  const faults = adapter.settingsFaults(own, [secret]).map((fault) => ({
    ...fault,
    field: fault.field.startsWith('secrets') ? 'secret' : fault.field,
  }));
  if (faults.length > 0) return { ok: false, reason: 'bad_settings', faults };
  const rotation = { id, secret: await sealed(world, secret, id), overlapMs };
  const reply = await world.registry.rotateSource(rotation, actor, ifMatch);
  world.webhooks.sources.forget();
  return reply;
}

export async function deleteSource(world: World, id: string, actor: Actor, ifMatch: number | null): Promise<Removal> {
  const removal = await world.registry.deleteSource(id, actor, ifMatch);
  world.webhooks.sources.forget();
  return removal;
}

const adapterNamed = ({ webhooks, streams }: World, id: string): SourceAdapter | null =>
  [...webhooks.adapters, streams.adapter].find(({ declaration }) => declaration.id === id) ?? null;

const badSettings = (field: string, message: string): Managed => ({
  ok: false,
  reason: 'bad_settings',
  faults: [{ field, message }],
});

async function sealed(world: World, secret: string, sourceId: string): Promise<SealedSecret> {
  return {
    id: `sec_${world.nonce().toString(16).padStart(16, '0')}`,
    sealed: await world.webhooks.box.seal(secret, sealPlace(sourceId)),
    createdAtMs: world.now(),
    expiresAtMs: null,
  };
}
