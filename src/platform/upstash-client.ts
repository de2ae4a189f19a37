// Upstash's REST client as everyone here uses it: every call is tried once, ends in time, and answers with the texts as they are.
import { Redis } from '@upstash/redis/cloudflare';

export interface UpstashAddress {
  readonly url: string;
  readonly token: string;
  /** Of one call. */
  readonly timeoutMs: number;
}

export function createUpstashClient({ url, token, timeoutMs }: UpstashAddress): Redis {
  return new Redis({
    url,
    token,
    // Not `retry: false`: with it the client sends once more when the connection is cut, and whatever it wrote would be there twice.
    retry: { retries: 0 },
    // The function form: a plain signal makes the client answer `null` when it fires, as if there were nothing to read.
    signal: () => AbortSignal.timeout(timeoutMs),
    enableTelemetry: false,
    enableAutoPipelining: false,
    // Read as JSON, `1e5` and `true` in a field would come back as something else.
    automaticDeserialization: false,
  });
}
