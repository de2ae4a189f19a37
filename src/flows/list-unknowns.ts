// The attempts of unknown outcome of all processors, oldest first, page by page; a processor that cannot be asked is named, never left out in silence. Rules: SPEC.md [UNK].
import { afterFor, mergedPage, type UnknownCursor, type UnknownPage } from '../domain/unknowns/unknown-page.ts';
import { processorsFor } from './hand-over.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { World } from '../ports/world.ts';

export interface AskedUnknowns {
  /** `null`: all. */
  readonly processorId: string | null;
  readonly olderThanMs: number;
  readonly cursor: UnknownCursor | null;
  readonly limit: number;
}

export interface ListedUnknowns extends UnknownPage {
  readonly unreachable: readonly ProcessorId[];
}

export type UnknownsRefusal =
  | { readonly reason: 'no_table' }
  | { readonly reason: 'unknown_processor'; readonly field: 'processor_id' };

export async function listUnknowns(
  world: World,
  { processorId, olderThanMs, cursor, limit }: AskedUnknowns,
  now: number,
): Promise<ListedUnknowns | UnknownsRefusal> {
  const registered = await processorsFor(world, processorId === null ? [] : [processorId], now);
  if (registered === null) return { reason: 'no_table' };
  const asked = [...registered.values()].filter(({ id }) => processorId === null || id === processorId);
  if (processorId !== null && asked.length === 0) return { reason: 'unknown_processor', field: 'processor_id' };
  const answers = await Promise.all(
    asked.map(async (processor: RegisteredProcessor) => {
      const after = afterFor(processor.id, cursor);
      const query = { untilMs: now - olderThanMs, after, limit: limit + 1 };
      return { processorId: processor.id, held: await world.processors.unknowns(processor, query) };
    }),
  );
  const parts = answers.flatMap(({ processorId: id, held }) => (held === null ? [] : [{ processorId: id, held }]));
  const unreachable = answers.flatMap(({ processorId: id, held }) => (held === null ? [id] : []));
  return { ...mergedPage(parts, limit), unreachable };
}
