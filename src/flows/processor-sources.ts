// What the sources registered for a processor say of it: which vendor it is, whether its cancel surely takes, whose words its codes are. Never its caller.
import type { ProcessorId } from '../domain/identity.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import { spokenFamily } from '../domain/results/declines/spoken-family.ts';
import type { WebhookPort } from '../ports/webhook-port.ts';

export interface ProcessorSources {
  /** Every name of its vendor, lower case: the sources' adapters, and what a source for several processors calls it. */
  readonly vendors: readonly string[];
  /** Every source that reports it declares a cancel that surely takes, and there is one. */
  readonly reliableCancel: boolean;
  /** Of the only source that reports it; `null`: there is none, or more than one. */
  readonly family: string | null;
}

export async function processorSources(
  { adapters, sources }: WebhookPort,
  processorId: ProcessorId,
  now: number,
): Promise<ProcessorSources> {
  const book = (await sources.sources(now)) ?? new Map<string, WebhookSource>();
  const reporting = [...book.values()].filter(({ enabled }) => enabled).flatMap((source) => told(source, processorId));
  const cancels = new Set(adapters.flatMap(({ declaration: { id, reliableCancel } }) => (reliableCancel ? [id] : [])));
  const [only, ...others] = reporting;
  return {
    vendors: [...new Set(reporting.flatMap(({ adapter, names }) => [adapter, ...names]))],
    reliableCancel: reporting.length > 0 && reporting.every(({ adapter }) => cancels.has(adapter)),
    family: only === undefined || others.length > 0 ? null : spokenFamily(only.names[0] ?? null, only.adapter),
  };
}

interface Reporting {
  readonly adapter: string;
  /** What the source calls the processor; none where it is the source's own. */
  readonly names: readonly string[];
}

function told({ adapter, connectors, processorId: own }: WebhookSource, processorId: ProcessorId): Reporting[] {
  const names = Object.keys(connectors).filter((name) => connectors[name] === processorId);
  return names.length > 0 || own === processorId ? [{ adapter, names }] : [];
}
