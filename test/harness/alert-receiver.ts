// A receiver on loopback that takes alerts and fails in every documented way: the path names a box and what to do with each request to it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:<port>` */
    alertReceiver: string;
  }
}

/** What a box received, in order. */
export interface Received {
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface AlertReceiver {
  readonly url: string;
  readonly received: (box: string) => readonly Received[];
  /** What has been written of an endless answer, in bytes. */
  readonly bytesSent: (box: string) => number;
  readonly close: () => Promise<void>;
}

/**
 * `POST /<box>/<conduct>,<conduct>,...`: one conduct a request, the last one for all that follow. `200`, `500`, ...: that status;
 * `429-after-2`: with Retry-After; `redirect`, `hang`, `close`, `huge` (a 500 without an end), `drip` (a 200 whose body never ends),
 * `drip-head` (headers that never end), `echo` (a 500 that quotes the request in many spellings). `GET /<box>` tells what it received.
 */
export async function startAlertReceiver(): Promise<AlertReceiver> {
  const boxes = new Map<string, Received[]>();
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const [, box = '', conducts = ''] = (request.url ?? '').split('/');
      const known = boxes.get(box) ?? [];
      if (request.method === 'GET') {
        response.end(JSON.stringify({ received: known, bytesSent: sent.get(box) ?? 0 }));
        return;
      }
      boxes.set(box, [...known, { atMs: Date.now(), headers: flat(request), body }]);
      const plan = conducts.split(',');
      const conduct = plan[Math.min(known.length, plan.length - 1)] ?? '200';
      if (conduct === 'echo') {
        response.writeHead(500).end(quotesOf(request.url ?? '', body));
        return;
      }
      behave(conduct, box, response, (bytes) => sent.set(box, (sent.get(box) ?? 0) + bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: (box) => boxes.get(box) ?? [],
    bytesSent: (box) => sent.get(box) ?? 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The address as it stands, its last part, one value of its query, escaped as in JSON, and decoded; then the body. */
function quotesOf(address: string, body: string): string {
  const { pathname, searchParams } = new URL(address, 'http://receiver');
  const [value = ''] = searchParams.values();
  const spellings = [pathname.split('/').at(-1), value, pathname.replaceAll('/', '\\/'), decodeURIComponent(pathname)];
  return [...spellings, address, body].join(' ');
}

/** For `globalSetup`: tests inside workerd cannot listen themselves. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const receiver = await startAlertReceiver();
  project.provide('alertReceiver', receiver.url);
  return receiver.close;
}

function behave(conduct: string, box: string, response: ServerResponse, noteSent: (bytes: number) => void): void {
  const [word = '', , seconds] = conduct.split('-');
  if (/^\d{3}$/.test(word)) {
    const headers = seconds === undefined ? {} : { 'retry-after': seconds };
    response.writeHead(Number(word), headers).end(`says ${word}`);
    return;
  }
  switch (conduct) {
    case 'redirect':
      response.writeHead(302, { location: `/${box}-redirected/200` }).end();
      return;
    case 'close':
      response.socket?.destroy();
      return;
    case 'huge':
      response.writeHead(500);
      pour(response, 'x'.repeat(65_536), 0, noteSent);
      return;
    case 'drip':
      response.writeHead(200);
      pour(response, '.', 50, noteSent);
      return;
    case 'drip-head': {
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => response.socket?.write('x-drip: 1\r\n'), 50);
      response.socket?.on('close', () => clearInterval(timer));
      return;
    }
    case 'hang':
      return;
    default:
      throw new Error(`the receiver knows no conduct ${conduct}`);
  }
}

/** Until the other side has had enough. */
function pour(response: ServerResponse, piece: string, everyMs: number, noteSent: (bytes: number) => void): void {
  if (response.destroyed) return;
  response.write(piece, () => {
    noteSent(piece.length);
    setTimeout(() => pour(response, piece, everyMs, noteSent), everyMs);
  });
}

function flat({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
