// `node bench/record-rows.ts [seconds]`: rows written per 1,000 transactions at 100, 1,000 and 10,000 a second, measured on workerd, beside what cost-model.ts computes.
import { commitsPerSecond, KNOBS } from './cost-model.ts';
import { drawSecrets } from '../tools/secrets.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { furnish, PROCESSOR_IDS, RECORD_PATH, SEGMENTS, transactionOf } from './house.ts';
import { markdownTable } from '../lab/report/overview.ts';
import { OWNER, signalboxWorkers, startBareWorkerd, UNDIVIDED } from './bare-workerd.ts';
import { readStatistics, statisticsWorker } from './side-workers.ts';
import { seeded } from '../test/harness/seeded.ts';

const SECONDS = Number(process.argv[2] ?? 8);
const SEGMENTS_USED = 12;
const TICK_MS = 5;
/** 10,000 requests a second are more than one machine sends beside what it measures. */
const CASES = [
  { perSecond: 100, perRequest: 1 },
  { perSecond: 100, perRequest: 100 },
  { perSecond: 1_000, perRequest: 1 },
  { perSecond: 1_000, perRequest: 100 },
  { perSecond: 10_000, perRequest: 100 },
] as const;

const draw = seeded(8);
let serial = 0;
const transaction = (): object => {
  serial += 1;
  return transactionOf(`rows_${serial}`, PROCESSOR_IDS[0]!, SEGMENTS[(serial * 37) % SEGMENTS_USED]!, draw());
};
const bodyOf = (perRequest: number): string =>
  JSON.stringify(perRequest === 1 ? transaction() : { transactions: Array.from({ length: perRequest }, transaction) });

/** At moments of chance, as calls come; answers how many were recorded. */
async function send(url: string, key: string, { perSecond, perRequest }: (typeof CASES)[number]): Promise<number> {
  const calls: Promise<number>[] = [];
  const call = async (): Promise<number> => {
    const answer = await fetch(url + RECORD_PATH, {
      method: 'POST',
      headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' },
      body: bodyOf(perRequest),
    });
    await answer.arrayBuffer();
    return answer.ok ? perRequest : 0;
  };
  const startedMs = performance.now();
  let nextMs = 0;
  for (let passedMs = 0; passedMs < SECONDS * 1_000; passedMs = performance.now() - startedMs) {
    while (nextMs <= passedMs) {
      calls.push(call());
      nextMs += (-Math.log(1 - draw()) * 1_000 * perRequest) / perSecond;
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  return (await Promise.all(calls)).reduce((sum, recorded) => sum + recorded, 0);
}

endOnInterrupt();
const secrets = drawSecrets();
const workerd = await startBareWorkerd([...(await signalboxWorkers(secrets, 1, UNDIVIDED)), statisticsWorker()]);
try {
  const { key } = await furnish(workerd.urls[OWNER]!, secrets, { processors: 1, rules: 0 });
  const statistics = async () => await readStatistics(workerd.urls['statistics']!, [PROCESSOR_IDS[0]!]);
  const rows: string[][] = [];
  for (const wanted of CASES) {
    const before = await statistics();
    const recorded = await send(workerd.urls[OWNER]!, key, wanted);
    const written = (await statistics()).rowsWritten - before.rowsWritten;
    const perSecond = recorded / SECONDS;
    const computed = commitsPerSecond(perSecond / wanted.perRequest, KNOBS.groupCommitMs);
    rows.push([
      wanted.perSecond.toLocaleString('en'),
      wanted.perRequest === 1 ? 'single' : `batches of ${wanted.perRequest}`,
      Math.round(perSecond).toLocaleString('en'),
      ((written * 1_000) / recorded).toFixed(1),
      ((computed * 1_000) / perSecond).toFixed(1),
    ]);
  }
  console.log(
    markdownTable([
      ['asked a second', 'sent as', 'recorded a second', 'rows written per 1,000', 'commits computed'],
      ...rows,
    ]),
  );
} finally {
  await workerd.stop();
}
