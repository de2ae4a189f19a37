// Messages to people: what was sent to whom and how it went, and one sent again by hand.
import type { App } from '../context.ts';
import { actorOf } from '../actor.ts';
import { healthJson, NotificationList, notificationJson, NotificationParams } from '../schemas/notifications.ts';
import { PageQuery } from '../schemas/primitives.ts';
import { serve } from '../endpoint.ts';

const PATH = '/api/v1/notifications';
const tag = 'Notifications';

export function mountNotifications(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List notifications',
      description: 'Newest first: all that are on their way, and the newest 1,000 that arrived or failed.',
      query: PageQuery,
      answer: { status: 200, description: 'One page, and how each channel answers', schema: NotificationList },
    },
    async ({ world, query, now }) => {
      const { courier } = world.notifications;
      const [page, health] = await Promise.all([courier.list(query.cursor ?? null, query.limit), courier.health()]);
      return {
        body: {
          notifications: page.items.map(notificationJson),
          channels: health.map((each) => healthJson(each, now)),
          count: page.items.length,
          next_cursor: page.nextCursor,
        },
      };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/replay`,
      scope: 'operate',
      tag,
      summary: 'Send a notification again',
      description:
        'Under its id, at once and with ten new attempts; what followed it of the same alert follows it again. What is held against the channel is lifted.',
      params: NotificationParams,
      answer: { status: 204, description: 'On its way' },
    },
    async (call) => {
      const { id } = call.params;
      const replayed = await call.world.notifications.courier.replay(id);
      if (!replayed.ok && replayed.reason === 'not_found')
        return { refused: { reason: 'not_found', what: 'notification' } };
      if (!replayed.ok) return { refused: { reason: 'being_sent' } };
      await call.world.registry.note('replay_notification', id, actorOf(call));
      return { body: undefined };
    },
  );
}
