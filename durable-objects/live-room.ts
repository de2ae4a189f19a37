// The live socket's room: single-use tickets, hibernating sockets tagged with the key that opened them, one message to all.
import type { LiveMessage } from '../src/ports/live-port.ts';

/** As HTTP tells it. */
export type LiveWriter = (message: LiveMessage) => string;

const TICKET_MS = 30_000;
/** Beyond this a dashboard is turned away: fan-out must not slow down the board. */
const SOCKETS_MAX = 1_000;

export class LiveRoom {
  readonly #ctx: DurableObjectState;
  readonly #loadWriter: () => Promise<LiveWriter>;
  /** There is one where there are sockets: before the first of them connects, or the room wakes with some, it is loaded. */
  #write: LiveWriter | null = null;

  constructor(ctx: DurableObjectState, loadWriter: () => Promise<LiveWriter>) {
    this.#ctx = ctx;
    this.#loadWriter = loadWriter;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  /** While nothing else happens in the object. */
  async wake(): Promise<void> {
    if (this.#ctx.getWebSockets().length > 0) this.#write = await this.#loadWriter();
  }

  async issueTicket(keyId: string, now: number): Promise<string> {
    const ticket = `tkt_${hex(crypto.getRandomValues(new Uint8Array(24)))}`;
    const hash = await sha256(ticket);
    this.#ctx.storage.sql.exec(
      `INSERT INTO ticket (hash, key_id, expires_at) VALUES (?, ?, ?)`,
      hash,
      keyId,
      now + TICKET_MS,
    );
    return ticket;
  }

  dropExpiredTickets(now: number): void {
    this.#ctx.storage.sql.exec(`DELETE FROM ticket WHERE expires_at <= ?`, now);
  }

  /** `isGood`: whether a key still opens anything; it may have been revoked since the ticket was issued. */
  async connect(request: Request, now: number, isGood: (keyId: string) => boolean): Promise<Response> {
    const hash = await sha256(new URL(request.url).searchParams.get('ticket') ?? '');
    // Before the key is looked at: from there to the socket nothing may come between.
    this.#write ??= await this.#loadWriter();
    // Used or not, a ticket that was shown is gone: the delete is the test.
    const [row] = this.#ctx.storage.sql
      .exec<{
        key_id: string;
        expires_at: number;
      }>(`DELETE FROM ticket WHERE hash = ? RETURNING key_id, expires_at`, hash)
      .toArray();
    if (row === undefined || row.expires_at <= now || !isGood(row.key_id)) return new Response(null, { status: 401 });
    if (this.#ctx.getWebSockets().length >= SOCKETS_MAX)
      return new Response(null, { status: 503, headers: { 'retry-after': '30' } });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [row.key_id]);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** A socket outlives its key, revoked or expired, unless it is closed here. */
  closeUnless(isGood: (keyId: string) => boolean): void {
    for (const socket of this.#ctx.getWebSockets()) {
      const [keyId] = this.#ctx.getTags(socket);
      if (keyId !== undefined && !isGood(keyId)) socket.close(4401, 'the key no longer opens anything');
    }
  }

  tell(message: LiveMessage): void {
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length === 0 || this.#write === null) return;
    const text = this.#write(message);
    for (const socket of sockets) {
      try {
        socket.send(text);
      } catch {
        socket.close(1011, 'could not be reached');
      }
    }
  }
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
