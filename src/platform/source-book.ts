// The webhook sources as this isolate remembers them: asked of the Registry at most every 10 s, and never older than that.
import type { RegistryPort } from '../ports/registry-port.ts';
import type { SourceBook } from '../ports/webhook-port.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';

const HELD_MS = 10_000;

/** What outlives a request in one isolate. No promise is kept: a promise of another request may never settle. */
export class SourceMemory {
  held: { readonly atMs: number; readonly sources: ReadonlyMap<string, WebhookSource> } | null = null;
}

export function createSourceBook(memory: SourceMemory, registry: Pick<RegistryPort, 'sources'>): SourceBook {
  return {
    /** All at once, so that a flood of invented ids asks the Registry no more than a good one does. */
    async sources(now) {
      const { held } = memory;
      if (held !== null && now - held.atMs < HELD_MS && now >= held.atMs) return held.sources;
      try {
        const sources = await registry.sources();
        memory.held = { atMs: now, sources: new Map(sources.map((source) => [source.id, source])) };
        return memory.held.sources;
      } catch {
        // Fails closed: a secret that was taken away must not verify for longer. Senders come again.
        return null;
      }
    },
    forget() {
      memory.held = null;
    },
  };
}
