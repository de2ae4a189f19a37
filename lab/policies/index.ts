// The league's entries by id: every file of this folder that exports a PolicyEntry, or a list of them, is in it.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { PolicyEntry } from '../policy.ts';

export interface RegisteredPolicy {
  readonly entry: PolicyEntry;
  /** Where it is written: what its stored results depend on. */
  readonly file: string;
}

/** Ours first, then the peers in the order of shared tables; what is not named here follows by id. */
const ORDER = [
  'learned',
  'static',
  'random',
  'techcart',
  'aegis',
  'apos',
  'srv3-greedy-125',
  'srv3-greedy-200',
  'srv3-random-5',
  'srv3-explore-5',
  'srv3-elimination',
  'hs-blocks',
  'sw-ucb-200',
  'sw-ucb-200-6',
  'sw-ucb-2000',
  'd-ucb-6',
  'd-ucb-995',
  'd-ts-99',
  'd-ts-998',
  'd-ts-9995',
  'thompson',
  'klucb',
  'sw-klucb',
  'glr-klucb-local',
  'glr-klucb-global',
  'cusum-klucb',
  'm-klucb',
];

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
let loaded: Promise<ReadonlyMap<string, RegisteredPolicy>> | null = null;

export function loadPolicies(): Promise<ReadonlyMap<string, RegisteredPolicy>> {
  loaded ??= readFolder();
  return loaded;
}

/** `all`, or ids with commas between; throws an Error that names the ids there are. */
export async function policiesNamed(names: string): Promise<RegisteredPolicy[]> {
  const policies = await loadPolicies();
  if (names === 'all') return [...policies.values()];
  return [...new Set(names.split(','))].map((name) => {
    const found = policies.get(name.trim());
    if (found === undefined) throw new Error(`no policy ${name}; there are ${[...policies.keys()].join(', ')}`);
    return found;
  });
}

async function readFolder(): Promise<ReadonlyMap<string, RegisteredPolicy>> {
  const found: RegisteredPolicy[] = [];
  for (const name of readdirSync(FOLDER)
    .filter((each) => each.endsWith('.ts') && each !== 'index.ts')
    .sort()) {
    const file = join(FOLDER, name);
    const module = (await import(new URL(name, import.meta.url).href)) as Record<string, unknown>;
    for (const exported of Object.values(module).flat()) if (isEntry(exported)) found.push({ entry: exported, file });
  }
  const place = (id: string): number => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  found.sort(
    (left, right) => place(left.entry.id) - place(right.entry.id) || (left.entry.id < right.entry.id ? -1 : 1),
  );
  const byId = new Map(found.map((policy) => [policy.entry.id, policy]));
  const unique = new Set(found.map(({ entry }) => entry));
  if (byId.size !== unique.size) throw new Error('two policies have the same id');
  return byId;
}

function isEntry(value: unknown): value is PolicyEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'source' in value &&
    'create' in value &&
    typeof value.create === 'function'
  );
}
