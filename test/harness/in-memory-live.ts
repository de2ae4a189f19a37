// The live socket's port in memory: tickets that are good once, and no socket behind them.
import type { LivePort } from '../../src/ports/live-port.ts';

export function liveOf({ tickets }: { readonly tickets: Set<string> }): LivePort {
  return {
    issueTicket: (keyId) => {
      const ticket = `tkt_${keyId}_${tickets.size}`;
      tickets.add(ticket);
      return Promise.resolve(ticket);
    },
    connect: (request) => {
      const good = tickets.delete(new URL(request.url).searchParams.get('ticket') ?? '');
      return Promise.resolve(new Response(good ? 'connected' : 'no', { status: good ? 200 : 401 }));
    },
  };
}
