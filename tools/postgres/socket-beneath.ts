// A WebSocket's face on a plain TCP socket: Neon's driver, which knows only WebSockets, then speaks with a PostgreSQL that has no proxy before it.
import { connect, type Socket } from 'node:net';

type Listener = (event: { readonly data?: ArrayBuffer; readonly message?: string }) => void;

/** As much of a WebSocket as the driver uses. */
export class SocketBeneath {
  binaryType = 'arraybuffer';
  readyState = 0;
  readonly #socket: Socket;
  readonly #listeners = new Map<string, Set<Listener>>();

  /** `ws://host:port/...` */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('connect', () => {
      this.readyState = 1;
      this.#tell('open', {});
    });
    this.#socket.on('data', (chunk: Buffer) => {
      // A copy: the driver holds on to it, and Node's buffer belongs to a pool.
      this.#tell('message', { data: new Uint8Array(chunk).buffer });
    });
    this.#socket.on('error', (error) => this.#tell('error', { message: error.message }));
    this.#socket.on('close', () => {
      this.readyState = 3;
      this.#tell('close', {});
    });
  }

  addEventListener(kind: string, listener: Listener): void {
    const held = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, held.add(listener));
  }

  removeEventListener(kind: string, listener: Listener): void {
    this.#listeners.get(kind)?.delete(listener);
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.readyState = 2;
    this.#socket.end();
  }

  #tell(kind: string, event: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners.get(kind) ?? []) listener(event);
  }
}
