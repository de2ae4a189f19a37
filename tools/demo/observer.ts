// Watches the processors through the public API, as an operator's dashboard would: breakers while it runs, alerts and transitions at the end.
import type { ApiClient } from '../api-client.ts';

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface SegmentHealth {
  readonly segment: string;
  readonly status: string;
  readonly effective_status: string;
  readonly breaker: { readonly state: BreakerState };
}

export interface ProcessorHealth {
  readonly processor_id: string;
  readonly breaker: { readonly state: BreakerState };
  readonly segments: readonly SegmentHealth[];
}

export interface Alert {
  readonly processor_id: string;
  readonly segment: string;
  readonly kind: string;
  readonly from_status: string;
  readonly to_status: string;
  readonly reason: string;
  readonly opened_at: string;
}

export interface Transition {
  readonly at: string;
  readonly scope: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly reason: string;
}

export interface Observer {
  latest(): readonly ProcessorHealth[];
  breakerOf(processor: string, segment: string): BreakerState;
  refresh(): Promise<readonly ProcessorHealth[]>;
  stop(): Promise<void>;
}

const POLL_MS = 200;

/** The state that a segment's traffic meets: the processor's own breaker stands before the segment's. */
export function breakerIn(health: ProcessorHealth | undefined, segment: string): BreakerState {
  if (!health) return 'CLOSED';
  if (health.breaker.state !== 'CLOSED') return health.breaker.state;
  return health.segments.find((each) => each.segment === segment)?.breaker.state ?? 'CLOSED';
}

export function observe(api: ApiClient): Observer {
  let latest: readonly ProcessorHealth[] = [];
  let stopped = false;
  const refresh = async (): Promise<readonly ProcessorHealth[]> => {
    latest = (await api.get<{ processors: ProcessorHealth[] }>('/api/v1/health')).processors;
    return latest;
  };
  const polling = (async () => {
    while (!stopped) {
      // A missed look is no loss: the next one comes at once.
      await refresh().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  return {
    latest: () => latest,
    breakerOf: (processor, segment) =>
      breakerIn(
        latest.find((each) => each.processor_id === processor),
        segment,
      ),
    refresh,
    async stop() {
      stopped = true;
      await polling;
    },
  };
}

export async function alertsSince(api: ApiClient, sinceMs: number): Promise<readonly Alert[]> {
  const since = encodeURIComponent(new Date(sinceMs).toISOString());
  return (await api.get<{ alerts: Alert[] }>(`/api/v1/alerts?since=${since}`)).alerts;
}

export async function transitionsOf(api: ApiClient, processor: string): Promise<readonly Transition[]> {
  const health = await api.get<{ history: { transitions: Transition[] } | null }>(`/api/v1/health/${processor}`);
  if (health.history === null) throw new Error(`the history of ${processor} is out of reach`);
  return health.history.transitions.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
