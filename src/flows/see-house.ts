// Gathers what healing looks at: every processor's health and overdue unknowns, what the boards know, dead letters and readers of streams.
import type { HouseSnapshot, SeenLetters, SeenProcessor, SeenReader } from '../domain/healing/snapshot.ts';
import { isReadStream } from '../domain/configuration/stream-source.ts';
import { OVERDUE_MS } from '../domain/unknowns/overdue.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { TableData } from '../domain/routing/routing-table.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { World } from '../ports/world.ts';

/**
 * Throws where the Registry is away: without its overrides nothing may be judged. Whatever else is away is left out of account. `named`: objects whose alarms
 * are to be looked at, whether it is their turn or not.
 */
export async function seeHouse(world: World, now: number, named: readonly string[] = []): Promise<HouseSnapshot> {
  const configuration = await world.registry.configuration();
  await world.tables.refresh(now);
  const held = await world.tables.table(now);
  const data = held?.table.data ?? null;
  const [processors, letters, sources, endedOverrides, alarms] = await Promise.all([
    Promise.all(configuration.processors.map(async (one) => [one.id, await seen(world, one, data, now)] as const)),
    lettersOf(world),
    world.registry.sources(),
    world.registry.endedOverrides(),
    world.healing.alarms(configuration.processors, named, now),
  ]);
  return {
    now,
    configuration,
    processors: new Map<ProcessorId, SeenProcessor>(processors),
    silences: data?.silences ?? [],
    boardsHeard: held !== null && held.source !== 'stale' && held.source !== 'replica',
    letters,
    sourceRevisions: new Map(sources.map(({ id, revision }) => [id, revision])),
    readers: await readersOf(world, sources),
    endedOverrides,
    alarms,
  };
}

async function seen(
  { processors }: World,
  processor: RegisteredProcessor,
  data: TableData | null,
  now: number,
): Promise<SeenProcessor> {
  const query = { untilMs: now - OVERDUE_MS, after: null, limit: 1 };
  const [detail, unknowns] = await Promise.all([processors.health(processor), processors.unknowns(processor, query)]);
  const row = data?.rows.get(processor.id) ?? null;
  return {
    detail,
    overdueUnknowns: unknowns?.total ?? null,
    oldestUnknownAtMs: unknowns?.unknowns[0]?.sinceMs ?? null,
    boardResultAtMs: row?.lastResultAtMs ?? null,
  };
}

async function lettersOf({ webhooks }: World): Promise<Map<string, SeenLetters>> {
  const letters = new Map<string, SeenLetters>();
  const summary = await webhooks.intake.summary().catch(() => null);
  for (const { sourceId, count, oldestAtMs } of summary?.letters ?? []) {
    const before = letters.get(sourceId) ?? { count: 0, oldestAtMs };
    letters.set(sourceId, {
      count: before.count + count,
      oldestAtMs: Math.min(before.oldestAtMs, oldestAtMs),
    });
  }
  return letters;
}

async function readersOf({ streams }: World, sources: readonly WebhookSource[]): Promise<SeenReader[]> {
  return await Promise.all(
    sources.filter(isReadStream).map(async ({ id }) => ({
      sourceId: id,
      lastStepAtMs: (await streams.readers.state(id))?.lastStep?.atMs ?? null,
    })),
  );
}
