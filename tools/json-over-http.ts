// What the local servers that stand in for Neon's and Upstash's share: a body of bounded length in, JSON out.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Told {
  readonly status: number;
  readonly body: unknown;
}

/** `null`: longer than it may be. */
export async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
  }
  return bytes <= bytesMax ? Buffer.concat(chunks).toString('utf8') : null;
}

export function tell(response: ServerResponse, { status, body }: Told): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
