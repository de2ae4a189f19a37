// Reads the project's own files, and what each of them imports: the material of test/tidy.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'vite';

export interface SourceFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** A project path for a relative import, else the package's name with its sub-path. */
  readonly target: string;
  readonly isPackage: boolean;
  /** Erased before anything runs. */
  readonly isTypeOnly: boolean;
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.wrangler', '.signalbox', 'coverage', '.tmp', '.runs']);
const GENERATED = new Set(['src/worker-configuration.d.ts', 'package-lock.json']);
const TEXT = /\.(ts|tsx|js|mjs|json|toml|md|sql|sh|yml|yaml|html|css)$|^\.ci\/run$/;

/** Every text file that people write. */
export function readProject(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = posix.join(directory, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path);
      if (entry.isFile() && TEXT.test(path) && !GENERATED.has(path)) {
        files.push({ path, text: readFileSync(join(root, path), 'utf8') });
      }
    }
  };
  visit('.');
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export const isCode = ({ path }: SourceFile): boolean => /\.tsx?$/.test(path) && !path.endsWith('.d.ts');

export function importsOf(file: SourceFile): Import[] {
  const { module } = parseSync(file.path, file.text);
  const found: Import[] = module.staticImports.map(({ moduleRequest, entries }) =>
    toImport(file, moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType)),
  );
  for (const { entries } of module.staticExports) {
    const requests = new Map(
      entries.flatMap(({ moduleRequest }) => (moduleRequest ? [[moduleRequest.value, entries]] : [])),
    );
    for (const [request, its] of requests)
      found.push(
        toImport(
          file,
          request,
          its.every(({ isType }) => isType),
        ),
      );
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^['"](.+)['"]$/.exec(file.text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[1]) found.push(toImport(file, literal[1], false));
  }
  return found;
}

function toImport(file: SourceFile, request: string, isTypeOnly: boolean): Import {
  const isPackage = !request.startsWith('.');
  const target = isPackage ? request : posix.normalize(posix.join(dirname(file.path), request));
  return { target, isPackage, isTypeOnly };
}
