// `node bench/stream-throughput.ts [payments]`: how many events a second one reader takes from a real Redis through the bridge, beside the
// same entries read and acknowledged with nothing between: a ratio, for the machine's own speed is in both.
import { LedgerRecorder } from '../test/harness/ledger-recorder.ts';
import { LETTERS, portOf, readApos, STREAM } from '../test/harness/stream-lab.ts';
import { producePayments, tellRedis } from '../test/harness/stream-producer.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { median } from './result.ts';
import { openRedis } from '../tools/upstash-bridge/open-redis.ts';
import type { Bridge } from '../tools/upstash-bridge/bridge-server.ts';
import { readStream, STREAM_LIMITS } from '../src/flows/read-stream.ts';

/** What the reader must sustain (APOS: 1000+ events/second). */
const FLOOR_PER_SECOND = 1_000;
const PAYMENTS = Number(process.argv[2] ?? 50_000);
const TURNS = 3;

async function fill(bridge: Bridge): Promise<number> {
  await tellRedis(bridge, [['DEL', STREAM, LETTERS]]);
  const entries = await producePayments(bridge, STREAM, 0, PAYMENTS);
  const prepared = await portOf(bridge).prepare();
  if (!prepared.ok) throw new Error(prepared.fault.reason);
  return entries;
}

async function bare(bridge: Bridge): Promise<void> {
  const port = portOf(bridge);
  for (;;) {
    const read = await port.readNew(STREAM_LIMITS.batchMax);
    if (!read.ok) throw new Error(read.fault.reason);
    if (read.value.length === 0) return;
    await port.acknowledge(read.value.map(({ id }) => id));
  }
}

async function whole(bridge: Bridge): Promise<void> {
  const recorder = new LedgerRecorder(Date.now);
  for (;;) {
    const world = { stream: portOf(bridge), recorder, read: readApos, now: Date.now };
    const step = await readStream(world, STREAM_LIMITS);
    if (step.end === 'drained') break;
    if (step.end !== 'time') throw new Error(`the step ended with ${step.end}`);
  }
  if (recorder.counted !== PAYMENTS) throw new Error(`${recorder.counted} counted of ${PAYMENTS}`);
}

async function perSecond(bridge: Bridge, run: (bridge: Bridge) => Promise<void>): Promise<number> {
  const entries = await fill(bridge);
  const startedMs = performance.now();
  await run(bridge);
  return Math.round((entries * 1_000) / (performance.now() - startedMs));
}

endOnInterrupt();
const bridge = await openRedis({ preferReal: true });
const bareRates: number[] = [];
const wholeRates: number[] = [];
// In turns, for other programs come and go; the first turn warms up and is not counted.
for (let turn = 0; turn <= TURNS; turn++) {
  const [bareRate, wholeRate] = [await perSecond(bridge, bare), await perSecond(bridge, whole)];
  if (turn === 0) continue;
  bareRates.push(bareRate);
  wholeRates.push(wholeRate);
}
const [bareRate, wholeRate] = [median(bareRates), median(wholeRates)];
console.log(`backend            ${bridge.kind}`);
console.log(`payments           ${PAYMENTS} a turn, one in twenty sent twice; medians of ${TURNS} turns`);
console.log(`read and ack       ${bareRate} entries/s`);
console.log(`the whole reader   ${wholeRate} entries/s, at least ${Math.min(...wholeRates)}`);
console.log(`ratio to bare      ${(wholeRate / bareRate).toFixed(2)}`);
console.log(`ratio to the floor ${(wholeRate / FLOOR_PER_SECOND).toFixed(1)} (floor ${FLOOR_PER_SECOND}/s)`);
await bridge.close();
process.exitCode = Math.min(...wholeRates) >= FLOOR_PER_SECOND ? 0 : 1;
