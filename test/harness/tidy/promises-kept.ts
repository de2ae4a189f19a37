// What two places must agree on: SPEC.md and the tests, wrangler.toml's crons and the jobs in workers/.
import { isCode, type SourceFile } from './source-tree.ts';

const SPEC = 'src/domain/SPEC.md';

/** Every rule has a test, every test's rule is in SPEC.md, and no id stands there twice. */
export function specOffences(files: readonly SourceFile[]): string[] {
  const spec = files.find(({ path }) => path === SPEC)?.text ?? '';
  const written = [...spec.matchAll(/^- \*\*([A-Z]{2,4}-\d+)\*\*/gm)].map((match) => match[1] ?? '');
  const tested = new Map<string, string>();
  // The tidy test's own examples are no proof of anything.
  for (const { path, text } of files.filter(
    (file) => file.path.endsWith('.test.ts') && file.path !== 'test/tidy.test.ts',
  )) {
    for (const id of idsInNames(text)) tested.set(id, path);
  }
  return [
    ...written.filter((id, index) => written.indexOf(id) !== index).map((id) => `${id} stands twice in SPEC.md`),
    ...written.filter((id) => !tested.has(id)).map((id) => `${id} has no test`),
    ...[...tested].filter(([id]) => !written.includes(id)).map(([id, path]) => `${id} of ${path} is not in SPEC.md`),
  ];
}

function idsInNames(text: string): string[] {
  return [...text.matchAll(/['"`]((?:\[[A-Z]{2,4}-\d+\] ?)+)/g)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/[A-Z]{2,4}-\d+/g)].map((id) => id[0]),
  );
}

/** Each cron line has a job file whose sheet names it, each job file's lines are configured, and the composition root calls that file. */
export function cronOffences(files: readonly SourceFile[]): string[] {
  const configured = cronsOf(files.find(({ path }) => path === 'wrangler.toml')?.text ?? '');
  const jobs = files
    .filter((file) => isCode(file) && /^workers\/[^/]+\.ts$/.test(file.path) && file.path !== 'workers/index.ts')
    .map(({ path, text }) => ({ path, crons: sheetCronsOf(text) }));
  const parts = files.filter(({ path }) => path === 'workers/index.ts' || path.startsWith('workers/composition/'));
  const root = parts.map(({ text }) => text).join('\n');
  return [
    ...jobs.filter(({ crons }) => crons.length === 0).map(({ path }) => `${path} exports no cron`),
    ...jobs.flatMap(({ path, crons }) =>
      crons.filter((cron) => !configured.includes(cron)).map((cron) => `${path}: wrangler.toml has no cron ${cron}`),
    ),
    ...configured
      .filter((cron) => !jobs.some(({ crons }) => crons.includes(cron)))
      .map((cron) => `cron ${cron} has no job`),
    ...jobs
      .filter(({ path }) => !root.includes(`./${path.slice('workers/'.length)}`))
      .map(({ path }) => `${path} is not started by the composition root`),
  ];
}

function sheetCronsOf(text: string): string[] {
  const list = /^export const sheet\b[^;]*?\bcrons: \[([^\]]*)\]/m.exec(text)?.[1] ?? '';
  return [...list.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');
}

function cronsOf(toml: string): string[] {
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(toml)?.[1] ?? '';
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
}
