// Reads and changes the configuration for the routes: the Registry is asked, and what came of it becomes an answer.
import type { Configuration } from '../domain/configuration/configuration.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { ChangeReply, ConfigurationChange } from '../ports/registry-port.ts';
import type { World } from '../ports/world.ts';
import { actorOf, ifMatchOf } from './actor.ts';
import type { Refusal, ResourceKind } from './refusal.ts';

export interface Asking {
  readonly world: World;
  readonly now: number;
  readonly keyId: string;
  readonly requestId: string;
  readonly header: (name: string) => string | undefined;
}

export type Changed = { readonly configuration: Configuration } | { readonly refused: Refusal };

/** One change under If-Match; the isolate's own next answer already shows it. */
export async function change(asking: Asking, what: ResourceKind, wanted: ConfigurationChange): Promise<Changed> {
  const reply = await asking.world.registry.change(wanted, actorOf(asking), ifMatchOf(asking.header('if-match')));
  if (!reply.ok) return { refused: refusalOf(reply, what) };
  await asking.world.tables.refresh(asking.now);
  return { configuration: reply.configuration };
}

export function refusalOf(reply: Extract<ChangeReply, { readonly ok: false }>, what: ResourceKind): Refusal {
  switch (reply.reason) {
    case 'not_found':
    case 'already_exists':
      return { reason: reply.reason, what };
    case 'stale_version':
      return { reason: 'stale_version', currentVersion: reply.currentVersion };
    case 'invalid':
      return {
        reason: 'invalid_request',
        errors: reply.issues.map(({ field, message }) => ({ field: apiField(field), code: 'invalid_field', message })),
        ...(reply.more !== undefined && { more: reply.more }),
      };
  }
}

/** Two fields stand in an object of their own in the API. */
const apiField = (field: string): string =>
  field.replace(/\bfee_(fixed_minor|bps)$/, 'fee.$1').replace(/^ttl$/, 'ttl_seconds');

/**
 * Fails open: while the Registry is out of reach, what was last known is shown. A change made on it carries its version in
 * If-Match and is refused if it is no longer true.
 */
export async function readConfiguration({ world, now }: Pick<Asking, 'world' | 'now'>): Promise<Configuration | null> {
  try {
    return await world.registry.configuration();
  } catch {
    return (await world.tables.table(now))?.table.data.configuration ?? null;
  }
}

/** The registered processor, as the isolate's table has it; one refill if it is not there yet. */
export async function findProcessor(
  { world, now }: Pick<Asking, 'world' | 'now'>,
  id: string,
): Promise<RegisteredProcessor | Refusal> {
  for (const refreshed of [false, true]) {
    if (refreshed) await world.tables.refresh(now);
    const held = await world.tables.table(now);
    if (held === null) return { reason: 'no_table' };
    const found = held.table.data.configuration.processors.find((processor) => processor.id === id);
    if (found !== undefined) return found;
  }
  return { reason: 'not_found', what: 'processor' };
}

/** For things whose caller names none: the Registry would refuse a repeat of it. */
export const newId = (prefix: string, world: World): string =>
  `${prefix}_${world.nonce().toString(16).padStart(16, '0')}`;
