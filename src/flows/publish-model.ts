// Puts a model's priors and effects in force through the Registry, and finds out what became of one whose run was cut off in between.
import type { Actor } from '../ports/registry-port.ts';
import { areHeld, heldInPlaceOf } from '../domain/training/segment-priors.ts';
import { contextsInPlaceOf, contextsStand } from '../domain/training/trained-contexts.ts';
import type { ModelDecision, ModelRecord } from '../domain/training/model-record.ts';
import type { ModelStanding } from '../ports/training-port.ts';
import type { World } from '../ports/world.ts';

export type TrainingWorld = Pick<World, 'training' | 'registry' | 'now'>;

/** Whoever changes priors meanwhile is not written over: it is looked at anew, and so often. */
const TRIES_MAX = 3;

/** All of its priors stand together, or none: a run that is killed in here leaves what held before, or what holds now, and the next run finds out which. */
export async function publishModel(world: TrainingWorld, model: ModelRecord, actor: Actor): Promise<ModelRecord> {
  const { book } = world.training;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { processors, version } = await world.registry.configuration();
    const replaced = heldInPlaceOf(model.changes, processors);
    const replacedContexts = contextsInPlaceOf(model.contexts, processors);
    const noted = await book.decide(model.version, 'candidate', { ...standingOf(model), replaced, replacedContexts });
    if (noted === null) return (await book.one(model.version)) ?? model;
    const change = { op: 'put_priors', priors: model.changes, contexts: model.contexts } as const;
    const reply = await world.registry.change(change, actor, version);
    if (reply.ok) return await decided(world, noted, 'promoted', model.reason);
    if (reply.reason !== 'stale_version') return await decided(world, noted, 'refused', refusedBy(reply));
  }
  return await decided(world, model, 'refused', 'The configuration changed again and again while it was published.');
}

type Refusal = Extract<Awaited<ReturnType<World['registry']['change']>>, { readonly ok: false }>;

const refusedBy = (reply: Refusal): string =>
  reply.reason === 'invalid' && reply.issues[0] !== undefined
    ? `The Registry refused its priors: ${reply.issues[0].field} ${reply.issues[0].message}.`
    : `The Registry refused its priors: ${reply.reason}.`;

async function decided(
  { training: { book }, now }: TrainingWorld,
  model: ModelRecord,
  state: 'promoted' | 'refused',
  reason: string,
): Promise<ModelRecord> {
  const { replaced, replacedContexts } = state === 'promoted' ? model : NOTHING_REPLACED;
  const to = { state, reason, decidedAtMs: now(), replaced, replacedContexts };
  return (await book.decide(model.version, 'candidate', to)) ?? (await book.one(model.version)) ?? model;
}

const NOTHING_REPLACED = { replaced: [], replacedContexts: [] } as const;

const standingOf = ({
  state,
  reason,
  decidedAtMs,
}: ModelRecord): Pick<ModelDecision, 'state' | 'reason' | 'decidedAtMs'> => ({
  state,
  reason,
  decidedAtMs,
});

/** Of a run that was cut off while it published: its priors stand, or they do not. Who holds no lease leaves a younger one to its run. */
export async function settleCandidate(world: TrainingWorld, olderThanMs: number): Promise<ModelStanding> {
  const { book } = world.training;
  const standing = await book.standing();
  const { candidate } = standing;
  if (candidate === null || world.now() - candidate.trainedAtMs < olderThanMs) return standing;
  const { processors } = await world.registry.configuration();
  const wasTried = candidate.replaced.length + candidate.replacedContexts.length > 0;
  const stands = wasTried && areHeld(candidate.changes, processors) && contextsStand(candidate.contexts, processors);
  if (stands) await decided(world, candidate, 'promoted', candidate.reason);
  else await decided(world, candidate, 'refused', `${candidate.reason} The run was cut off before it was published.`);
  return await book.standing();
}
