// Channels, alerts and the courier in one process: the real domain and sealing behind every method, and nothing leaves.
import { acknowledgeAlert, hear, type KeptAlert } from '../../src/domain/notifications/word.ts';
import { staleRevision } from '../../src/domain/configuration/webhook-source.ts';
import { auditExcerpt } from '../../src/domain/configuration/audit-excerpt.ts';
import { channelFaults } from '../../src/platform/notifications/channel-faults.ts';
import {
  channelPut,
  rotatedChannel,
  routeOf,
  type StoredChannel,
} from '../../src/domain/configuration/notification-channel.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import {
  EMPTY_DELIVERY_BOOK,
  pageOfDeliveries,
  type DeliveryBook,
} from '../../src/domain/notifications/delivery-book.ts';
import { pageOf } from '../../tools/in-memory/pages.ts';
import { replay } from '../../src/domain/notifications/delivery-round.ts';
import { sendTest } from '../../src/domain/notifications/test-message.ts';
import type { Actor, AuditEntry, Page, RegistryPort } from '../../src/ports/registry-port.ts';
import type { NotificationPort } from '../../src/ports/notification-port.ts';

const SECRET = '1:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';

export interface NotificationCircumstances {
  channels: readonly StoredChannel[];
  book: DeliveryBook;
  courierReachable: boolean;
}

export interface NotifyingWorld {
  readonly now: number;
  alerts: readonly KeptAlert[];
  readonly notifications: NotificationCircumstances;
}

export const noNotifications = (): NotificationCircumstances => ({
  channels: [],
  book: EMPTY_DELIVERY_BOOK,
  courierReachable: true,
});

/** As the Registry does when an alert changed; `null`: channels were. */
export function tellCourier(set: NotifyingWorld, alert: KeptAlert | null): void {
  const { notifications, now } = set;
  const word = { sequence: notifications.book.heardThrough + 1, alert };
  notifications.book = hear(notifications.book, [word], notifications.channels.map(routeOf), now);
}

export function notificationsOf(set: NotifyingWorld): NotificationPort {
  const { notifications } = set;
  const reached = <Value>(answer: () => Value): Promise<Value> =>
    notifications.courierReachable
      ? Promise.resolve(answer())
      : Promise.reject(Object.assign(new Error('the courier is away'), { retryable: true }));
  return {
    courier: {
      sendTest: (route) =>
        reached(() => {
          const known = notifications.book.deliveries.length;
          notifications.book = sendTest(notifications.book, route, `tst_${known}`, set.now);
          return notifications.book.deliveries.slice(known).map(({ id }) => id);
        }),
      list: (cursor, limit) => reached(() => pageOfDeliveries(notifications.book, cursor, limit)),
      health: () => reached(() => notifications.book.health),
      replay: (id) =>
        reached(() => {
          const outcome = replay(notifications.book, id, set.now);
          if (!outcome.ok) return outcome;
          notifications.book = outcome.book;
          return { ok: true };
        }),
    },
    box: createSecretBox(SECRET),
    faults: (channel) => channelFaults(channel, { allowLoopback: false }),
  };
}

type Reached = <Reply>(reply: () => Reply | Promise<Reply>) => Promise<Reply>;
type Note = (actor: Actor, entry: Pick<AuditEntry, 'action' | 'subject'> & Partial<AuditEntry>) => void;
type ChannelMethods = Pick<RegistryPort, 'channels' | 'channel' | 'putChannel' | 'rotateChannel' | 'deleteChannel'>;

/** What the Registry does with channels, over a list. */
export function channelMethodsOf(set: NotifyingWorld, reached: Reached, note: Note): ChannelMethods {
  const { notifications } = set;
  const one = (id: string): StoredChannel | null => notifications.channels.find((each) => each.id === id) ?? null;
  const save = (id: string, channel: StoredChannel | null, action: string, actor: Actor): void => {
    const before = auditExcerpt(one(id));
    const others = notifications.channels.filter((each) => each.id !== id);
    notifications.channels = channel === null ? others : [...others, channel];
    note(actor, { action, subject: id, before, after: auditExcerpt(channel) });
    tellCourier(set, null);
  };
  return {
    channels: () => reached(() => notifications.channels),
    channel: (id) => reached(() => one(id)),
    putChannel: (draft, actor, ifMatch) =>
      reached(() => {
        const reply = channelPut(notifications.channels, draft, ifMatch, set.now);
        if (reply.ok) save(draft.id, reply.channel, 'put_channel', actor);
        return reply;
      }),
    rotateChannel: ({ id, secret, overlapMs }, actor, ifMatch) =>
      reached(() => {
        const before = one(id);
        if (before === null) return { ok: false as const, reason: 'not_found' as const };
        const stale = staleRevision(before, ifMatch);
        if (stale !== null) return stale;
        const channel = rotatedChannel(before, secret, overlapMs, set.now);
        save(id, channel, 'rotate_channel', actor);
        return { ok: true as const, channel };
      }),
    deleteChannel: (id, actor, ifMatch) =>
      reached(() => {
        const before = one(id);
        if (before === null) return { ok: false as const, reason: 'not_found' as const };
        const stale = staleRevision(before, ifMatch);
        if (stale !== null) return stale;
        save(id, null, 'delete_channel', actor);
        return { ok: true as const };
      }),
  };
}

export function alertMethodsOf(
  set: NotifyingWorld,
  reached: Reached,
  note: Note,
): Pick<RegistryPort, 'alerts' | 'acknowledge'> {
  return {
    alerts: (sinceMs, cursor, limit) => reached(() => alertPage(set.alerts, sinceMs, cursor, limit)),
    acknowledge: (id, by, actor) =>
      reached(() => {
        const found = set.alerts.find((alert) => alert.id === id) ?? null;
        const outcome = acknowledgeAlert(found, { by, atMs: set.now });
        if (!outcome.ok) return outcome;
        set.alerts = set.alerts.map((alert) => (alert === found ? outcome.alert : alert));
        note(actor, { action: 'acknowledge_alert', subject: id });
        tellCourier(set, outcome.alert);
        return outcome;
      }),
  };
}

function alertPage(
  alerts: readonly KeptAlert[],
  sinceMs: number | null,
  cursor: string | null,
  limit: number,
): Page<KeptAlert> {
  if (sinceMs === null && cursor === null) return { items: alerts.slice(-limit), nextCursor: null };
  return pageOf(
    alerts.filter(({ updatedAtMs }) => sinceMs === null || updatedAtMs >= sinceMs),
    cursor,
    limit,
  );
}
