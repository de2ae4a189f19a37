// The fingerprint of a file together with all it imports: what a stored result depends on, and the name of our parameter set.
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CORE = join(ROOT, 'src', 'domain');
const known = new Map<string, readonly string[]>();

/** 12 hex characters. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Of a source file and of every project file that it imports, directly or not. */
export function sourceHash(file: string): string {
  return hashFiles(closureOf(file));
}

/** Of the files of the core that `learned` runs on: every constant it decides by is in there. */
export function coreHash(): string {
  return hashFiles(closureOf(join(ROOT, 'lab', 'policies', 'learned.ts')).filter((file) => file.startsWith(CORE)));
}

function hashFiles(files: readonly string[]): string {
  return hashText(files.map((file) => `${relative(ROOT, file)}\n${readFileSync(file, 'utf8')}`).join('\n'));
}

function closureOf(file: string): readonly string[] {
  const told = known.get(file);
  if (told !== undefined) return told;
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, target] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g))
      visit(join(dirname(path), target!));
  };
  visit(file);
  const files = [...seen].sort();
  known.set(file, files);
  return files;
}
