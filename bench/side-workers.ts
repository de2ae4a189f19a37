// The Workers that stand beside Signalbox in a bench: the baseline, the empty one, and the one that reads objects' statistics.
import { join } from 'node:path';
import { buildScript } from '../tools/bundle.ts';
import { OWNER, type BareWorker } from './bare-workerd.ts';
import { PROJECT_ROOT } from '../tools/run-program.ts';

const PLACE = join(PROJECT_ROOT, 'bench', 'baseline');

const built = new Map<string, ReturnType<typeof buildScript>>();
/** Built once in a run. */
async function modulesOf(script: string): ReturnType<typeof buildScript> {
  const modules = built.get(script) ?? buildScript(join(PLACE, script), join(PLACE, 'wrangler.toml'));
  built.set(script, modules);
  return await modules;
}

/** Under each of these names an isolate of its own. */
export async function baselineWorkers(names: readonly string[]): Promise<readonly BareWorker[]> {
  const modules = await modulesOf('baseline.ts');
  return names.map((name) => ({ name, modules }));
}

export async function emptyWorker(): Promise<BareWorker> {
  return { name: 'empty', modules: await modulesOf('empty.ts') };
}

/** Asks processors' objects what they have written, from outside the API. */
const STATISTICS = `export default {
  async fetch(request, env) {
    const ids = await request.json();
    const told = await Promise.all(ids.map((id) => env.PROCESSOR.get(env.PROCESSOR.idFromName(id)).statistics()));
    const sum = (of) => told.reduce((total, each) => total + of(each), 0);
    return Response.json({ rowsWritten: sum((each) => each.rowsWritten), results: sum((each) => each.results) });
  },
};`;

export function statisticsWorker(): BareWorker {
  const modules = [{ type: 'ESModule', path: 'index.js', contents: new TextEncoder().encode(STATISTICS) }] as const;
  return { name: 'statistics', modules, objects: { PROCESSOR: 'Processor' }, objectsOf: OWNER };
}

export interface Statistics {
  readonly rowsWritten: number;
  readonly results: number;
}

/** Summed over these processors' objects. */
export async function readStatistics(url: string, processorIds: readonly string[]): Promise<Statistics> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(processorIds) });
  if (!response.ok) throw new Error(`the statistics could not be read: ${response.status}`);
  return (await response.json()) as Statistics;
}

/** Tells a baseline what Signalbox answered, and throws where its answer is not the same bytes as the first of them. */
export async function prepareBaseline(url: string, path: string, answers: readonly object[]): Promise<void> {
  const turned = [...answers.slice(-1), ...answers.slice(0, -1)];
  await (await fetch(`${url}/answers`, { method: 'PUT', body: JSON.stringify(turned) })).text();
  const response = await fetch(url + path, { method: 'POST', body: '{}' });
  const text = await response.text();
  if (text !== JSON.stringify(answers[0]) || response.headers.get('content-type') !== 'application/json')
    throw new Error(`the baseline at ${url} does not answer what Signalbox does:\n${text}`);
}
