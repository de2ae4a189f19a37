// The live socket: a ticket for one connection, because a browser cannot send a key with a WebSocket, and the connection itself.
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { z } from '@hono/zod-openapi';
import { MomentOut, momentOf } from '../schemas/primitives.ts';

const TICKET_SECONDS = 30;
const Ticket = z.object({ ticket: z.string(), url: z.string(), expires_at: MomentOut }).openapi('LiveTicket');

export function mountLive(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/live/tickets',
      scope: 'read',
      tag: 'Alerts',
      summary: 'Get a ticket for the live socket',
      answer: { status: 201, description: 'Good for one connection within 30 seconds', schema: Ticket },
    },
    async ({ world, keyId, now }) => {
      const ticket = await world.live.issueTicket(keyId, now);
      const url = `/api/v1/live?ticket=${encodeURIComponent(ticket)}`;
      return { body: { ticket, url, expires_at: momentOf(now + TICKET_SECONDS * 1_000) } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/live',
      scope: 'ticket',
      tag: 'Alerts',
      summary: 'Connect to the live socket',
      description: 'A WebSocket that pushes status rows and alerts as they change. It closes when the key is revoked.',
      query: z.object({ ticket: z.string().min(1).max(200) }),
      answer: { status: 101, description: 'Upgraded' },
    },
    async ({ world, raw, header }) => {
      if (header('upgrade')?.toLowerCase() !== 'websocket') return { refused: { reason: 'upgrade_required' } };
      const response = await world.live.connect(raw);
      return response.status === 401 ? { refused: { reason: 'ticket_refused' } } : { response };
    },
  );
}
