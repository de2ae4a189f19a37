// `node bench/object-memory.ts [transactions]`: whether a processor's object on workerd holds more after a million transactions than after the first 200,000, beyond
// the keys of the last 24 hours, which are to grow. Read by workerd's inspector after a collection; ends with 1 if anything else grew.
import { collectedHeap } from './workerd-inspector.ts';
import { createApiClient } from '../tools/api-client.ts';
import { DedupePages, NO_FINGERPRINT } from '../src/domain/results/dedupe-pages.ts';
import { drawSecrets } from '../tools/secrets.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { furnish, PROCESSOR_IDS, RECORD_PATH, SEGMENTS, transactionOf } from './house.ts';
import { LEDGER_LIMITS } from '../src/domain/results/ledger.ts';
import { OWNER, signalboxWorkers, startBareWorkerd, UNDIVIDED } from './bare-workerd.ts';
import { seeded } from '../test/harness/seeded.ts';
import { SERIAL_MARK } from './load/load.ts';

const TRANSACTIONS = Number(process.argv[2] ?? 1_000_000);
/** After it every collection has its full size. */
const WARM_UP = TRANSACTIONS / 5;
const PER_REQUEST = 500;
const CALLERS = 4;
const SEGMENTS_USED = 12;
const BODIES = 20;
const AGAIN_MS = 50;
/** What may differ between two readings without meaning anything: code that was compiled, rows that boards hold. */
const NOISE_BYTES = 6_000_000;

/** Bytes of keys that a ledger holds after so many results: what is to grow, up to a million results or 24 hours. */
function bytesOfKeys(results: number): number {
  const pages = new DedupePages({
    resultsMax: LEDGER_LIMITS.resultsMax,
    horizonSeconds: LEDGER_LIMITS.horizonMs / 1_000,
    pageEntries: LEDGER_LIMITS.pageEntries,
  });
  const draw = seeded(3);
  const half = (): number => Math.floor(draw() * 2 ** 32);
  for (let key = 0; key < results; key += 1) pages.append({ lo: half(), hi: half() }, NO_FINGERPRINT + 1, 1);
  return pages.bytesHeld;
}

const draw = seeded(5);
const bodies = Array.from({ length: BODIES }, () =>
  JSON.stringify({
    transactions: Array.from({ length: PER_REQUEST }, (_, place) =>
      transactionOf(`memory_${SERIAL_MARK}`, PROCESSOR_IDS[0]!, SEGMENTS[(place * 37) % SEGMENTS_USED]!, draw()),
    ),
  }),
);
let serial = 0;
const bodyOf = (turn: number): string =>
  bodies[turn % BODIES]!.replaceAll(SERIAL_MARK, () => String((serial += 1)).padStart(SERIAL_MARK.length, '0'));

endOnInterrupt();
const secrets = drawSecrets();
const workerd = await startBareWorkerd(await signalboxWorkers(secrets, 1, UNDIVIDED), {
  flags: ['--inspector-addr=127.0.0.1:0'],
});
try {
  const { key } = await furnish(workerd.urls[OWNER]!, secrets, { processors: 1, rules: 0 });
  const api = createApiClient(workerd.urls[OWNER]!, key);
  let recorded = 0;
  const recordUntil = async (until: number): Promise<void> => {
    const caller = async (): Promise<void> => {
      while (recorded < until) {
        recorded += PER_REQUEST;
        const body = bodyOf(recorded / PER_REQUEST);
        for (;;) {
          const answer = await fetch(`${workerd.urls[OWNER]}${RECORD_PATH}`, {
            method: 'POST',
            headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' },
            body,
          });
          await answer.arrayBuffer();
          if (answer.ok) break;
          // An isolate that has enough to do says so.
          if (answer.status !== 503 && answer.status !== 429) throw new Error(`recording ended with ${answer.status}`);
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  };
  const startedMs = performance.now();
  await recordUntil(WARM_UP);
  const before = await collectedHeap(workerd, OWNER);
  await recordUntil(TRANSACTIONS);
  const after = await collectedHeap(workerd, OWNER);
  const seconds = (performance.now() - startedMs) / 1_000;
  const health = await api.request('GET', `/api/v1/processors/${PROCESSOR_IDS[0]}`);
  await health.body?.cancel();
  const keys = bytesOfKeys(recorded) - bytesOfKeys(WARM_UP);
  const grown = { heap: after.heapBytes - before.heapBytes, buffers: after.bufferBytes - before.bufferBytes };
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `transactions          ${recorded} in ${seconds.toFixed(0)} s, ${Math.round(recorded / seconds)} a second`,
  );
  console.log(
    `heap                  ${megabytes(before.heapBytes)} after ${WARM_UP}, ${megabytes(after.heapBytes)} at the end`,
  );
  console.log(`buffers               ${megabytes(before.bufferBytes)}, then ${megabytes(after.bufferBytes)}`);
  console.log(
    `keys, as they are to  grow by ${megabytes(keys)} (${(keys / (recorded - WARM_UP)).toFixed(1)} bytes an id)`,
  );
  console.log(`anything else         grew by ${megabytes(grown.heap + grown.buffers - keys)}`);
  process.exitCode = grown.heap <= NOISE_BYTES && grown.buffers - keys <= NOISE_BYTES ? 0 : 1;
} finally {
  await workerd.stop();
}
