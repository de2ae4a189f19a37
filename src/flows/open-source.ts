// A source as webhooks need it: its adapter, and its settings with the secrets in clear, which leave this request's memory never.
import { livingSecrets, type WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { SourceSettings, WebhookAdapter } from '../ports/webhook-adapter.ts';
import type { WebhookPort } from '../ports/webhook-port.ts';

export interface OpenSource {
  readonly source: WebhookSource;
  readonly adapter: WebhookAdapter;
  readonly settings: SourceSettings;
}

/** What a sealed text of this source was sealed for. */
export const sealPlace = (sourceId: string): string => `source ${sourceId}`;

export type Opening =
  | { readonly ok: true; readonly open: OpenSource }
  | { readonly ok: false; readonly reason: 'unknown_source' | 'unreachable' };

/** A source that is switched off is answered as one that is not there. */
export async function openSource(webhooks: WebhookPort, id: string, now: number): Promise<Opening> {
  const sources = await webhooks.sources.sources(now);
  if (sources === null) return { ok: false, reason: 'unreachable' };
  const source = sources.get(id);
  const adapter = webhooks.adapters.find(({ declaration }) => declaration.id === source?.adapter);
  if (source === undefined || adapter === undefined || !source.enabled) return { ok: false, reason: 'unknown_source' };
  return { ok: true, open: { source, adapter, settings: await settingsOf(webhooks, source, now) } };
}

/** What can no longer be opened (its key was taken away) is left out: nothing verifies by it, and the operator sets it anew. */
export async function settingsOf(
  { box }: Pick<WebhookPort, 'box'>,
  source: WebhookSource,
  now: number,
): Promise<SourceSettings> {
  const place = sealPlace(source.id);
  const secrets = await Promise.all(livingSecrets(source.secrets, now).map(({ sealed }) => box.open(sealed, place)));
  const own = await Promise.all(
    Object.entries(source.sealedOwn).map(async ([name, sealed]) => [name, await box.open(sealed, place)] as const),
  );
  return {
    secrets: secrets.filter((secret) => secret !== null),
    segments: source.segments,
    own: { ...source.own, ...Object.fromEntries(own.filter(([, text]) => text !== null)) },
  };
}
