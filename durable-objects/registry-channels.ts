// The Registry's channels: set, rotated and removed in one transaction with the audit log and with the word of it to the courier.
import { auditExcerpt } from '../src/domain/configuration/audit-excerpt.ts';
import { channelPut, rotatedChannel, routeOf } from '../src/domain/configuration/notification-channel.ts';
import type { AuditEntry, ChannelReply, Removal, SealedRotation } from '../src/ports/registry-port.ts';
import type { ChannelDraft, StoredChannel } from '../src/domain/configuration/notification-channel.ts';
import type { ChannelRoute } from '../src/domain/notifications/channel.ts';
import { staleRevision } from '../src/domain/configuration/webhook-source.ts';

export const CHANNEL_SCHEMA = [`CREATE TABLE channel (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID`];

export type Stamp = Pick<AuditEntry, 'atMs' | 'keyId' | 'requestId'>;

/** Writes the entry, and to the outbox that channels were changed. */
export type NoteChange = (entry: Omit<AuditEntry, 'id'>) => void;

export class RegistryChannels {
  readonly #storage: DurableObjectStorage;
  readonly #noted: NoteChange;

  constructor(storage: DurableObjectStorage, noted: NoteChange) {
    this.#storage = storage;
    this.#noted = noted;
  }

  all(): readonly StoredChannel[] {
    const rows = this.#storage.sql.exec<{ body: string }>(`SELECT body FROM channel ORDER BY id`).toArray();
    return rows.map(({ body }) => JSON.parse(body) as StoredChannel);
  }

  one(id: string): StoredChannel | null {
    return this.all().find((channel) => channel.id === id) ?? null;
  }

  routes(): readonly ChannelRoute[] {
    return this.all().map(routeOf);
  }

  put(draft: ChannelDraft, stamp: Stamp, ifMatch: number | null): ChannelReply {
    const reply = channelPut(this.all(), draft, ifMatch, stamp.atMs);
    if (reply.ok) this.#save('put_channel', stamp, this.one(draft.id), reply.channel);
    return reply;
  }

  rotate({ id, secret, overlapMs }: SealedRotation, stamp: Stamp, ifMatch: number | null): ChannelReply {
    const before = this.one(id);
    if (before === null) return { ok: false, reason: 'not_found' };
    const stale = staleRevision(before, ifMatch);
    if (stale !== null) return stale;
    const channel = rotatedChannel(before, secret, overlapMs, stamp.atMs);
    this.#save('rotate_channel', stamp, before, channel);
    return { ok: true, channel };
  }

  delete(id: string, stamp: Stamp, ifMatch: number | null): Removal {
    const before = this.one(id);
    if (before === null) return { ok: false, reason: 'not_found' };
    const stale = staleRevision(before, ifMatch);
    if (stale !== null) return stale;
    this.#save('delete_channel', stamp, before, null);
    return { ok: true };
  }

  #save(action: string, stamp: Stamp, before: StoredChannel | null, after: StoredChannel | null): void {
    const { sql } = this.#storage;
    const subject = (after ?? before)?.id ?? '';
    const version = (after ?? before)?.revision ?? 0;
    const excerpts = { before: auditExcerpt(before), after: auditExcerpt(after) };
    this.#storage.transactionSync(() => {
      if (after === null) sql.exec(`DELETE FROM channel WHERE id = ?`, subject);
      else sql.exec(`INSERT OR REPLACE INTO channel (id, body) VALUES (?, ?)`, subject, JSON.stringify(after));
      this.#noted({ ...stamp, action, subject, version, ...excerpts });
    });
  }
}
