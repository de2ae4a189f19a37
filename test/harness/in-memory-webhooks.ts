// The webhook port in one process: the real adapters and sealing, sources as the registry of the same world has them, and an intake in lists.
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import {
  sourcePut,
  staleRevision,
  type WebhookSource,
  withRotated,
} from '../../src/domain/configuration/webhook-source.ts';
import type { Configuration } from '../../src/domain/configuration/configuration.ts';
import { withinTime } from '../../durable-objects/time-limit.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';
import type {
  IntakeSummary,
  KeptWebhookLetter,
  WebhookCount,
  WebhookIntakePort,
  WebhookPort,
} from '../../src/ports/webhook-port.ts';

const SECRET = '1:ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100';

export interface WebhookCircumstances {
  sources: ReadonlyMap<string, WebhookSource>;
  letters: readonly KeptWebhookLetter[];
  readonly counts: Map<string, WebhookCount>;
  intakeReachable: boolean;
  /** Questions put to vendors; by default there is no network. */
  fetch: typeof globalThis.fetch;
}

export const noWebhooks = (): WebhookCircumstances => ({
  sources: new Map(),
  letters: [],
  counts: new Map(),
  intakeReachable: true,
  fetch: () => Promise.reject(new TypeError('no network')),
});

export function webhooksOf(set: WebhookCircumstances, registry: () => RegistryPort): WebhookPort {
  return {
    adapters: ADAPTERS,
    sources: {
      sources: async () => {
        try {
          return new Map((await registry().sources()).map((source) => [source.id, source]));
        } catch {
          return null;
        }
      },
      forget: () => undefined,
    },
    intake: intakeOf(set),
    box: createSecretBox(SECRET),
    count: (counts) => note(set, counts),
    fetch: async (input, init) => await set.fetch(input, init),
    withinTime,
  };
}

function note(set: WebhookCircumstances, counts: readonly WebhookCount[]): void {
  for (const count of counts) {
    const key = `${count.sourceId} ${count.what} ${count.outcome}`;
    set.counts.set(key, { ...count, count: count.count + (set.counts.get(key)?.count ?? 0) });
  }
}

function intakeOf(set: WebhookCircumstances): WebhookIntakePort {
  let drawn = 0;
  const reached = <Value>(answer: () => Value): Promise<Value> =>
    set.intakeReachable ? Promise.resolve(answer()) : Promise.reject(new Error('the intake is away'));
  return {
    bury: (letters) =>
      reached(() => {
        const kept = letters.map((letter) => ({ ...letter, id: `dlt_${(drawn += 1)}` }));
        set.letters = [...kept.reverse(), ...set.letters];
      }),
    letters: (cursor, limit, sourceId) =>
      reached(() => {
        const its = set.letters.filter((letter) => sourceId === undefined || letter.sourceId === sourceId);
        const older = its.filter(({ id }) => cursor === null || numberOf(id) < Number(cursor));
        const items = older.slice(0, limit);
        const last = items.at(-1);
        return { items, nextCursor: older.length > limit && last ? String(numberOf(last.id)) : null };
      }),
    letter: (id) => reached(() => set.letters.find((letter) => letter.id === id) ?? null),
    remove: (id) =>
      reached(() => {
        const before = set.letters.length;
        set.letters = set.letters.filter((letter) => letter.id !== id);
        return set.letters.length < before;
      }),
    count: (counts) => reached(() => note(set, counts)),
    summary: () =>
      reached(() => ({
        counts: [...set.counts.values()],
        letters: letterTallies(set.letters),
        dropped: [],
      })),
  };
}

function letterTallies(letters: readonly KeptWebhookLetter[]): IntakeSummary['letters'][number][] {
  const tallies = new Map<string, IntakeSummary['letters'][number]>();
  for (const { sourceId, reason, atMs } of letters) {
    const key = `${sourceId} ${reason}`;
    const tally = tallies.get(key) ?? { sourceId, reason, count: 0, oldestAtMs: atMs };
    tallies.set(key, { ...tally, count: tally.count + 1, oldestAtMs: Math.min(tally.oldestAtMs, atMs) });
  }
  return [...tallies.values()];
}

const numberOf = (id: string): number => Number(id.slice('dlt_'.length));

type SourceMethods = Pick<RegistryPort, 'sources' | 'source' | 'putSource' | 'rotateSource' | 'deleteSource'>;

export interface SourceRegistry {
  readonly now: number;
  readonly configuration: Configuration;
  readonly webhooks: WebhookCircumstances;
}

/** What the Registry does with sources, over a map; `audited` is called for each change. */
export function sourceMethodsOf(
  set: SourceRegistry,
  reached: <Reply>(reply: () => Reply | Promise<Reply>) => Promise<Reply>,
  audited: (action: string, subject: string, actor: Parameters<RegistryPort['deleteSource']>[1]) => void,
): SourceMethods {
  const save = (source: WebhookSource): void => {
    set.webhooks.sources = new Map([...set.webhooks.sources, [source.id, source]]);
  };
  return {
    sources: () => reached(() => [...set.webhooks.sources.values()]),
    source: (id) => reached(() => set.webhooks.sources.get(id) ?? null),
    putSource: (draft, actor, ifMatch) =>
      reached(() => {
        const { now, configuration } = set;
        const reply = sourcePut([...set.webhooks.sources.values()], draft, { now, ifMatch, configuration });
        if (!reply.ok) return reply;
        save(reply.source);
        audited('put_source', draft.id, actor);
        return reply;
      }),
    rotateSource: ({ id, secret, overlapMs }, actor, ifMatch) =>
      reached(() => {
        const before = set.webhooks.sources.get(id);
        if (before === undefined) return { ok: false as const, reason: 'not_found' as const };
        const stale = staleRevision(before, ifMatch);
        if (stale !== null) return stale;
        const source = withRotated(before, secret, overlapMs, set.now);
        save(source);
        audited('rotate_source', id, actor);
        return { ok: true as const, source };
      }),
    deleteSource: (id, actor, ifMatch) =>
      reached(() => {
        const before = set.webhooks.sources.get(id);
        if (before === undefined) return { ok: false as const, reason: 'not_found' as const };
        const stale = staleRevision(before, ifMatch);
        if (stale !== null) return stale;
        set.webhooks.sources = new Map([...set.webhooks.sources].filter(([held]) => held !== id));
        audited('delete_source', id, actor);
        return { ok: true as const };
      }),
  };
}
