// Takes back the model that is in force: what its priors and effects had replaced stands again, in one change, but for what somebody has changed since.
import type { Actor } from '../ports/registry-port.ts';
import { changesBack } from '../domain/training/segment-priors.ts';
import { contextsBack } from '../domain/training/trained-contexts.ts';
import type { ModelRecord } from '../domain/training/model-record.ts';
import { settleCandidate, type TrainingWorld } from './publish-model.ts';

export type Reverted =
  | { readonly outcome: 'reverted'; readonly model: ModelRecord; readonly priors: number }
  | { readonly outcome: 'not_found' | 'not_in_force' }
  | { readonly outcome: 'stale_version'; readonly currentVersion: number };

/** As long as a run that is still alive may take for it. */
const PUBLISHING_MS = 240_000;

/** Asked again after a run that was killed in between it does what was left. */
export async function revertModel(world: TrainingWorld, version: number, actor: Actor): Promise<Reverted> {
  const { book } = world.training;
  const { inForce } = await settleCandidate(world, PUBLISHING_MS);
  if (inForce?.version !== version)
    return { outcome: (await book.one(version)) === null ? 'not_found' : 'not_in_force' };
  const { processors, version: seen } = await world.registry.configuration();
  const priors = changesBack(inForce.changes, inForce.replaced, processors);
  const contexts = contextsBack(inForce.contexts, inForce.replacedContexts, processors);
  const reply = await world.registry.change({ op: 'put_priors', priors, contexts }, actor, seen);
  if (!reply.ok) {
    if (reply.reason === 'stale_version') return { outcome: 'stale_version', currentVersion: reply.currentVersion };
    throw new Error(`the Registry refused what stood before: ${reply.reason}`);
  }
  const { replaced, replacedContexts } = inForce;
  const to = {
    state: 'reverted',
    reason: `Taken back by ${actor.keyId}.`,
    decidedAtMs: world.now(),
    replaced,
    replacedContexts,
  } as const;
  const model = await book.decide(version, 'promoted', to);
  return model === null ? { outcome: 'not_in_force' } : { outcome: 'reverted', model, priors: priors.length };
}
