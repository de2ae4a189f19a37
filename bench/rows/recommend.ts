// Recommendations of a whole house beside the baseline and the empty Worker.
import { baselineWorkers, emptyWorker, prepareBaseline, readStatistics, statisticsWorker } from '../side-workers.ts';
import { drawSecrets } from '../../tools/secrets.ts';
import { type Bench, duel, type Duelled, percentilesOf } from '../duel.ts';
import { furnish, PROCESSOR_IDS, questions, RECOMMEND_PATH, teach, wholeAnswers } from '../house.ts';
import { OWNER, signalboxWorkers, startBareWorkerd } from '../bare-workerd.ts';
import { resultOf, type Result } from '../result.ts';
import type { LoadCount } from '../load/load.ts';

const CONNECTIONS = 16;
/** The second isolate: the objects are in the first, as on the platform they are elsewhere, and a router's collector has nothing to do with what they keep. */
const ROUTER = `${OWNER}-2`;
/** An object that nobody calls is let go after ten seconds, and reads its journal when it is called again: here on everybody's thread, while the others are loaded. In production it has its own. */
const AWAKE_EVERY_MS = 4_000;
export const RECOMMEND_LEAST_RATIO = 0.6;

export async function measureRecommend(bench: Bench): Promise<readonly Result[]> {
  const secrets = drawSecrets();
  const workers = [
    ...(await signalboxWorkers(secrets, 2)),
    ...(await baselineWorkers(['baseline'])),
    await emptyWorker(),
    statisticsWorker(),
  ];
  const workerd = await startBareWorkerd(workers, { ...(bench.port !== undefined && { port: bench.port }) });
  let awake: NodeJS.Timeout | undefined;
  try {
    const [ours, baseline, empty] = [workerd.urls[ROUTER]!, workerd.urls['baseline']!, workerd.urls['empty']!];
    bench.tell('recommend  20 processors, 50 rules, 200 segments: made and taught through the API');
    const house = await furnish(ours, secrets);
    await teach(house);
    const keepAwake = (): void =>
      void readStatistics(workerd.urls['statistics']!, PROCESSOR_IDS).catch(() => undefined);
    awake = setInterval(keepAwake, AWAKE_EVERY_MS);
    await prepareBaseline(baseline, RECOMMEND_PATH, await wholeAnswers(ours, house.key));
    const load = {
      path: RECOMMEND_PATH,
      headers: { 'authorization': `Bearer ${house.key}`, 'content-type': 'application/json' },
      bodies: questions().map((question) => JSON.stringify(question)),
    };
    const contestants = Object.entries({ [OWNER]: ours, baseline, empty }).map(([name, url]) => ({
      name,
      load: () => ({ ...load, urls: [url] }),
    }));
    const duelled = await duel({ what: 'recommend', contestants, connections: CONNECTIONS }, bench);
    // What was measured was no emergency.
    await wholeAnswers(ours, house.key);
    return resultsOf(duelled);
  } finally {
    clearInterval(awake);
    await workerd.stop();
  }
}

const rates = (of: readonly LoadCount[]): number[] => of.map(({ perSecond }) => perSecond);

function resultsOf({ counts, connections }: Duelled): readonly Result[] {
  const [ours, baseline, empty] = [counts[OWNER]!, counts['baseline']!, counts['empty']!];
  const percentiles = { ours: percentilesOf(ours), baseline: percentilesOf(baseline) };
  const p99s = (of: typeof ours): number[] => of.map(({ p99Ms }) => p99Ms);
  return [
    resultOf(
      {
        name: 'recommend',
        unit: 'per second',
        asked: { of: 'ratio', least: RECOMMEND_LEAST_RATIO },
        percentiles,
        also: { connections },
      },
      { ours: rates(ours), baseline: rates(baseline) },
    ),
    resultOf(
      { name: 'recommend-p99', unit: 'ms', asked: { of: 'ratio', most: 2 } },
      { ours: p99s(ours), baseline: p99s(baseline) },
    ),
    resultOf(
      {
        name: 'empty',
        unit: 'per second',
        percentiles: { ours: percentilesOf(empty), baseline: percentiles.baseline },
      },
      { ours: rates(empty), baseline: rates(baseline) },
    ),
  ];
}
