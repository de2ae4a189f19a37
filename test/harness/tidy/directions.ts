// House style, "Direction": which room may import which, and that no circle of imports exists.
import { importsOf, isCode, type SourceFile } from './source-tree.ts';

interface Room {
  readonly name: string;
  /** Longest prefix wins. */
  readonly prefix: string;
  readonly mayImport: readonly string[] | 'all';
  /** Packages by name; `any`: whatever package.json has. Platform modules (`cloudflare:`) only with `platform`. */
  readonly packages: readonly string[] | 'any';
  readonly platform: boolean;
}

const CORE = ['domain', 'ports', 'flows'];
const ROOMS: readonly Room[] = [
  {
    name: 'domain',
    prefix: 'src/domain/',
    mayImport: [],
    packages: ['@marcbachmann/cel-js', '@datadog/sketches-js'],
    platform: false,
  },
  { name: 'ports', prefix: 'src/ports/', mayImport: ['domain'], packages: [], platform: false },
  { name: 'flows', prefix: 'src/flows/', mayImport: ['domain', 'ports'], packages: [], platform: false },
  { name: 'db', prefix: 'src/db/', mayImport: ['domain', 'ports'], packages: 'any', platform: false },
  { name: 'connectors', prefix: 'src/connectors/', mayImport: ['domain', 'ports'], packages: 'any', platform: false },
  { name: 'http', prefix: 'src/http/', mayImport: CORE, packages: 'any', platform: false },
  { name: 'platform', prefix: 'src/platform/', mayImport: CORE, packages: 'any', platform: true },
  { name: 'durable-objects', prefix: 'durable-objects/', mayImport: CORE, packages: 'any', platform: true },
  { name: 'workers', prefix: 'workers/', mayImport: CORE, packages: 'any', platform: true },
  { name: 'composition root', prefix: 'workers/index.ts', mayImport: 'all', packages: 'any', platform: true },
  // The root in parts: rooms that would crowd it.
  { name: 'composition root', prefix: 'workers/composition/', mayImport: 'all', packages: 'any', platform: true },
];

function roomOf(path: string): Room | undefined {
  return ROOMS.filter(({ prefix }) => path.startsWith(prefix)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

export function wrongDirections(files: readonly SourceFile[]): string[] {
  return files.filter(isCode).flatMap((file) => {
    const room = roomOf(file.path);
    if (!room) return [];
    return importsOf(file)
      .filter(({ target, isPackage }) => (isPackage ? !mayUsePackage(room, target) : !mayImport(room, target)))
      .map(({ target }) => `${file.path} (${room.name}) imports ${target}`);
  });
}

function mayImport(room: Room, target: string): boolean {
  const other = roomOf(target);
  // tools, test, lab and bench stand outside the house.
  if (!other) return false;
  return room.mayImport === 'all' || other.name === room.name || room.mayImport.includes(other.name);
}

function mayUsePackage(room: Room, target: string): boolean {
  if (target.startsWith('cloudflare:')) return room.platform;
  if (target.startsWith('node:')) return false;
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  return room.packages === 'any' || room.packages.includes(name);
}

/** Circles of imports that exist when the code runs; a shell and its client may know each other's types. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.filter(isCode).map((file) => [
      file.path,
      importsOf(file)
        .filter(({ isPackage, isTypeOnly }) => !isPackage && !isTypeOnly)
        .map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
