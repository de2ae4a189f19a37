// The one object that keeps what operators set: configuration, API keys, alerts and who changed what; it tells the boards.
import type { ApiKeyRecord, Configuration, Override, Scope } from '../src/domain/configuration/configuration.ts';
import type { AlertSignal } from '../src/domain/health/alert-book.ts';
import type { AnomalyAlert } from '../src/domain/payment-anomalies/anomaly-alert.ts';
import type { RegisteredProcessor } from '../src/domain/processor-config.ts';
import type { ChannelDraft, StoredChannel } from '../src/domain/configuration/notification-channel.ts';
import type { SourceDraft, WebhookSource } from '../src/domain/configuration/webhook-source.ts';
import type { RegistryUpdate } from '../src/domain/routing/table-exchange.ts';
import type { AlertAcknowledged, KeptAlert } from '../src/domain/notifications/word.ts';
import type {
  Actor,
  AuditEntry,
  ChangeReply,
  ChannelReply,
  ConfigurationChange,
  KeyReply,
  Page,
  Removal,
  SealedRotation,
  SourceReply,
} from '../src/ports/registry-port.ts';
import { orderedScopes } from '../src/domain/configuration/access.ts';
import {
  applyChange,
  endedOverrides,
  epochSource,
  isBuried,
  processorsGone,
  withoutExpired,
} from '../src/domain/configuration/apply-change.ts';
import { auditExcerpt, excerptOf } from '../src/domain/configuration/audit-excerpt.ts';
import { sourcePut, staleRevision, withRotated } from '../src/domain/configuration/webhook-source.ts';
import { granted, isBootstrapVoid, livingKeys, revoked, rotated } from '../src/domain/configuration/key-ring.ts';
import { isOfEveryone } from '../src/domain/health/alert-book.ts';
import { AlertOutbox } from './alert-outbox.ts';
import { drawAlertId, drawKey } from './drawn-keys.ts';
import { HealingBell } from './healing-bell.ts';
import { isForHealing } from '../src/domain/healing/stirring-change.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { boardRegions, boardStub } from './board-client.ts';
import { processorStub } from './processor-client.ts';
import { RegistryAlerts, type Round } from './registry-alerts.ts';
import { RegistryChannels } from './registry-channels.ts';
import type { RegistryObject } from './registry-client.ts';
import { RegistryScaling } from './registry-scaling.ts';
import { scalingRow } from '../src/domain/scaling/scaling-row.ts';
import { scalingExcerpt, type ScalingReply, type ScalingWish } from '../src/domain/scaling/scaling-wish.ts';
import type { ScalingState } from '../src/domain/scaling/scaling-state.ts';
import { RegistryStore, stamp, type StoredKeys } from './registry-store.ts';
import { withinTime } from './time-limit.ts';
import type { RoutingBoard } from './routing-board.ts';
import { WakenObject } from './waken-object.ts';

/** A board or processor that is away costs a change this much at most; boards pull what they missed. */
const TELL_WAIT_MS = 500;

export class Registry extends WakenObject implements RegistryObject {
  readonly #alarm: ObjectAlarm;
  readonly #bell: HealingBell;
  readonly #store: RegistryStore;
  readonly #channels: RegistryChannels;
  readonly #outbox: AlertOutbox;
  readonly #book: RegistryAlerts;
  readonly #scaling: RegistryScaling;
  #configuration: Configuration;
  #keys: StoredKeys;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.#bell = new HealingBell(env, (work) => ctx.waitUntil(work));
    this.#store = new RegistryStore(ctx.storage, this.history(), this.#alarm);
    this.#channels = new RegistryChannels(ctx.storage, (entry) => {
      this.#store.addAudit(entry);
      this.#outbox.add([null]);
    });
    this.#outbox = new AlertOutbox(ctx.storage, env, () => this.#channels.routes(), this.#store.history.neighbour);
    this.#configuration = this.#store.loadConfiguration();
    this.#keys = this.#store.loadKeys();
    this.#book = new RegistryAlerts(ctx.storage, drawAlertId);
    this.#scaling = new RegistryScaling(ctx.storage);
  }

  /** Given by the composition root. */
  protected history(): HistoryPort | null {
    return null;
  }

  async configuration(): Promise<Configuration> {
    return withoutExpired(this.#configuration, Date.now());
  }

  async endedOverrides(): Promise<readonly Override[]> {
    return endedOverrides(this.#configuration, Date.now());
  }

  async snapshot(): Promise<RegistryUpdate> {
    return this.#update(Date.now());
  }

  async change(
    change: ConfigurationChange,
    actor: Actor,
    ifMatch: number | null,
    dryRun: boolean = false,
  ): Promise<ChangeReply> {
    const now = Date.now();
    const before = this.#configuration;
    if (ifMatch !== null && ifMatch !== before.version) {
      return { ok: false, reason: 'stale_version', currentVersion: before.version };
    }
    const outcome = applyChange(before, change, { now, nextEpoch: epochSource(before, now) });
    if (!outcome.ok || dryRun || outcome.configuration.version === before.version) return outcome;
    const after = outcome.configuration;
    const gone = processorsGone(before, after);
    const { round, alerts } = this.#store.together(() => {
      this.#store.saveConfiguration(after);
      this.#store.addAudit({ ...stamp(actor, now), version: after.version, ...excerptOf(before, after, change) });
      return this.#noted(this.#book.forget(gone, now), now);
    });
    this.#configuration = after;
    this.#book.landed(round);
    if (isForHealing(change, actor)) this.#bell.ring();
    await Promise.all([this.#tellAlerts(alerts), this.#announce(now), this.#retire(gone)]);
    return outcome;
  }

  async listKeys(): Promise<readonly ApiKeyRecord[]> {
    return livingKeys(this.#keys.ring, Date.now());
  }

  async createKey(name: string, scopes: readonly Scope[], actor: Actor): Promise<KeyReply> {
    const { id, hash, secret } = await drawKey();
    const now = Date.now();
    const key = { id, name, hash, scopes: orderedScopes(scopes), createdAtMs: now, expiresAtMs: null };
    await this.#saveKeys(granted(this.#keys.ring, key), { ...stamp(actor, now), action: 'create_key' }, null, key);
    return { ok: true, key, secret };
  }

  async rotateKey(id: string, overlapMs: number, actor: Actor): Promise<KeyReply> {
    const { secret, ...successor } = await drawKey();
    const now = Date.now();
    const before = this.#keys.ring.find((key) => key.id === id) ?? null;
    const reply = rotated(this.#keys.ring, { id, now, overlapMs, successor });
    if (!reply.ok) return reply;
    await this.#saveKeys(reply.ring, { ...stamp(actor, now), action: 'rotate_key' }, before, reply.key);
    return { ok: true, key: reply.key, secret };
  }

  async revokeKey(
    id: string,
    actor: Actor,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'last_admin' }> {
    const now = Date.now();
    const reply = revoked(this.#keys.ring, id, now);
    if (!reply.ok) return reply;
    await this.#saveKeys(reply.ring, { ...stamp(actor, now), action: 'revoke_key' }, reply.key, null);
    return { ok: true };
  }

  async sources(): Promise<readonly WebhookSource[]> {
    return this.#store.loadSources();
  }

  async source(id: string): Promise<WebhookSource | null> {
    return this.#store.loadSource(id);
  }

  async putSource(draft: SourceDraft, actor: Actor, ifMatch: number | null): Promise<SourceReply> {
    const now = Date.now();
    const reply = sourcePut(this.#store.loadSources(), draft, { ifMatch, now, configuration: this.#configuration });
    if (reply.ok) this.#saveSource(stamp(actor, now), 'put_source', this.#store.loadSource(draft.id), reply.source);
    return reply;
  }

  async rotateSource(rotation: SealedRotation, actor: Actor, ifMatch: number | null): Promise<SourceReply> {
    const { id, secret, overlapMs } = rotation;
    const now = Date.now();
    const before = this.#store.loadSource(id);
    if (before === null) return { ok: false, reason: 'not_found' };
    const stale = staleRevision(before, ifMatch);
    if (stale !== null) return stale;
    const source = withRotated(before, secret, overlapMs, now);
    this.#saveSource(stamp(actor, now), 'rotate_source', before, source);
    return { ok: true, source };
  }

  async deleteSource(id: string, actor: Actor, ifMatch: number | null): Promise<Removal> {
    const before = this.#store.loadSource(id);
    if (before === null) return { ok: false, reason: 'not_found' };
    const stale = staleRevision(before, ifMatch);
    if (stale !== null) return stale;
    this.#saveSource(stamp(actor, Date.now()), 'delete_source', before, null);
    return { ok: true };
  }

  async channels(): Promise<readonly StoredChannel[]> {
    return this.#channels.all();
  }

  async channel(id: string): Promise<StoredChannel | null> {
    return this.#channels.one(id);
  }

  async putChannel(draft: ChannelDraft, actor: Actor, ifMatch: number | null): Promise<ChannelReply> {
    const reply = this.#channels.put(draft, stamp(actor, Date.now()), ifMatch);
    await this.#outbox.handOver();
    return reply;
  }

  async rotateChannel(rotation: SealedRotation, actor: Actor, ifMatch: number | null): Promise<ChannelReply> {
    const reply = this.#channels.rotate(rotation, stamp(actor, Date.now()), ifMatch);
    await this.#outbox.handOver();
    return reply;
  }

  async deleteChannel(id: string, actor: Actor, ifMatch: number | null): Promise<Removal> {
    const reply = this.#channels.delete(id, stamp(actor, Date.now()), ifMatch);
    await this.#outbox.handOver();
    return reply;
  }

  async audit(cursor: string | null, limit: number): Promise<Page<AuditEntry>> {
    return this.#store.audit(cursor, limit);
  }

  async note(action: string, subject: string, actor: Actor, why?: string): Promise<void> {
    const { version } = this.#configuration;
    const after = why === undefined ? null : JSON.stringify({ why });
    this.#store.addAudit({ ...stamp(actor, Date.now()), action, subject, version, before: null, after });
  }

  async alerts(sinceMs: number | null, cursor: string | null, limit: number): Promise<Page<KeptAlert>> {
    return this.#store.alerts(sinceMs, cursor, limit);
  }

  async acknowledge(id: string, by: string, actor: Actor): Promise<AlertAcknowledged> {
    const now = Date.now();
    const { version } = this.#configuration;
    const outcome = this.#store.together(() => {
      const acknowledged = this.#store.acknowledgeAlert(id, by, now);
      if (!acknowledged.ok) return acknowledged;
      const entry = { action: 'acknowledge_alert', subject: id, version, before: null, after: JSON.stringify({ by }) };
      this.#store.addAudit({ ...stamp(actor, now), ...entry });
      this.#outbox.add([acknowledged.alert]);
      return acknowledged;
    });
    if (outcome.ok) await this.#tellAlerts([outcome.alert]);
    return outcome;
  }

  async scaling(): Promise<ScalingState | null> {
    return this.#scaling.state;
  }

  async scale(wish: ScalingWish, actor: Actor | null): Promise<ScalingReply> {
    const now = Date.now();
    const { version } = this.#configuration;
    const reply = this.#store.together(() => {
      const before = this.#scaling.state;
      const scaled = this.#scaling.scale(wish, now);
      if (actor !== null && scaled.ok)
        this.#store.addAudit({ ...stamp(actor, now), version, ...scalingExcerpt(before, scaled.state, wish) });
      if (scaled.ok && scaled.change !== null) this.#store.history.keep('scalingEvents', [scalingRow(scaled.change)]);
      return scaled;
    });
    const change = reply.ok ? reply.change : null;
    if (change === null) return reply;
    await this.#tellBoards(async (board) => await board.announceScaling(change));
    return reply;
  }

  /** Nothing of the Registry's own waits for a time: only what the courier and history have not taken yet. */
  protected override async rung(): Promise<void> {
    this.#alarm.rang();
    try {
      await this.#outbox.alarm();
    } finally {
      await this.#store.history.step();
    }
  }

  protected override isWaiting(): boolean {
    return !this.#outbox.isEmpty || !this.#store.history.isEmpty;
  }

  async historyStanding(): Promise<HistoryStanding> {
    return this.#store.history.standing();
  }

  async signal(signals: readonly AlertSignal[]): Promise<void> {
    const now = Date.now();
    // What is nobody's counts, whichever processor's name the sender put on it.
    const heard = signals.filter(
      ({ kind, processorId, epoch }) => isOfEveryone(kind) || !isBuried(this.#configuration, processorId, epoch),
    );
    const { round, alerts } = this.#store.together(() => this.#noted(this.#book.hear(heard, now), now));
    this.#book.landed(round);
    await this.#tellAlerts(alerts);
  }

  /** Anomalies have a book of their own: what it says is kept and told like every other alert. */
  async hearAnomalies(alerts: readonly AnomalyAlert[]): Promise<void> {
    const now = Date.now();
    const told = this.#store.together(() => {
      const kept = this.#store.saveAlerts(this.#store.newsOf(alerts), now);
      this.#outbox.add(kept);
      return kept;
    });
    await this.#tellAlerts(told);
  }

  async #saveKeys(
    ring: readonly ApiKeyRecord[],
    entry: Pick<AuditEntry, 'atMs' | 'keyId' | 'requestId' | 'action'>,
    before: ApiKeyRecord | null,
    after: ApiKeyRecord | null,
  ): Promise<void> {
    const keys = { ring, version: this.#keys.version + 1 };
    const excerpts = { before: auditExcerpt(before), after: auditExcerpt(after) };
    this.#store.together(() => {
      this.#store.saveKeys(keys);
      this.#store.addAudit({ ...entry, subject: (before ?? after)?.id ?? '', version: keys.version, ...excerpts });
    });
    this.#keys = keys;
    await this.#announce(entry.atMs);
  }

  #saveSource(
    who: ReturnType<typeof stamp>,
    action: string,
    before: WebhookSource | null,
    after: WebhookSource | null,
  ): void {
    const subject = (after ?? before)?.id ?? '';
    const version = (after ?? before)?.revision ?? 0;
    const excerpts = { before: auditExcerpt(before), after: auditExcerpt(after) };
    this.#store.together(() => {
      if (after === null) this.#store.deleteSource(subject);
      else this.#store.saveSource(after);
      this.#store.addAudit({ ...who, action, subject, version, ...excerpts });
    });
  }

  #noted(round: Round, now: number): { readonly round: Round; readonly alerts: readonly KeptAlert[] } {
    const alerts = this.#store.saveAlerts(round.changed, now);
    this.#outbox.add(alerts);
    return { round, alerts };
  }

  #update(now: number): RegistryUpdate {
    return {
      configuration: withoutExpired(this.#configuration, now),
      keys: livingKeys(this.#keys.ring, now),
      keysVersion: this.#keys.version,
      bootstrapVoid: isBootstrapVoid(this.#keys.ring),
    };
  }

  /** Awaited before the change is answered: whoever made it sees it in the next refill, unless a board is away. */
  async #announce(now: number): Promise<void> {
    const update = this.#update(now);
    await this.#tellBoards(async (board) => await board.announce(update));
  }

  async #tellBoards(tell: (board: DurableObjectStub<RoutingBoard>) => Promise<void>): Promise<void> {
    await Promise.all(
      boardRegions(this.env).map(
        async (region) => await withinTime(TELL_WAIT_MS, async () => await tell(boardStub(this.env, region))),
      ),
    );
  }

  /** People first: the courier's words are on disk, and their alarm goes there with them. */
  async #tellAlerts(alerts: readonly KeptAlert[]): Promise<void> {
    if (alerts.length === 0) return;
    this.#bell.ring();
    const tellBoards = async (): Promise<void> =>
      await this.#tellBoards(async (board) => await board.announceAlerts(alerts));
    await Promise.all([this.#outbox.handOver(), tellBoards()]);
  }

  /** An object that misses this goes on until a table without it has reached everyone; its rows are dropped by their tombstone. */
  async #retire(processors: readonly RegisteredProcessor[]): Promise<void> {
    await Promise.all(
      processors.map(
        async ({ id, epoch }) =>
          await withinTime(TELL_WAIT_MS, async () => await processorStub(this.env, id).retire(epoch)),
      ),
    );
  }
}
