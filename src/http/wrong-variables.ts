// Every variable of this deployment that is wrong, whatever room goes by it, and what holds in its place.
import type { Issue } from '../domain/configuration/configuration-change.ts';
import type { World } from '../ports/world.ts';

export interface WrongVariable extends Issue {
  /** The room that goes by it, by its name in the API; `null`: every checkout does. */
  readonly room: 'healing' | 'scaling' | 'shards' | 'predictions' | 'optimizations' | 'training' | 'history' | null;
  /** `null`: what needs it is refused. */
  readonly inForce: string | null;
}

export function wrongVariablesOf({
  settings,
  training,
}: Pick<World, 'settings' | 'training'>): readonly WrongVariable[] {
  const reads = [
    ['healing', settings.healing],
    ['scaling', settings.scaling],
    ['shards', settings.shards],
    ['predictions', settings.predictions],
    ['optimizations', settings.tuning],
    ['training', training.settings],
    ['history', settings.retention],
  ] as const;
  return [
    ...settings.fallbacks.map((fallback) => ({ ...fallback, room: null })),
    ...reads.flatMap(([room, read]) =>
      read.ok ? [] : read.issues.map((issue) => ({ ...issue, room, inForce: null })),
    ),
  ];
}
