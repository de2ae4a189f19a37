// A stream's reader as a process of its own, to be killed: says how many events it has recorded after each batch, and may kill itself right there.
import { KeptLedger } from './kept-ledger.ts';
import { portOf, readApos } from './stream-lab.ts';
import { readStream, type StreamLimits } from '../../src/flows/read-stream.ts';

export interface ReaderLife {
  readonly url: string;
  readonly token: string;
  readonly ledgerFile: string;
  readonly limits: StreamLimits;
  /** Events after which it kills itself, between recording and acknowledging; `null`: lives until nothing is left. */
  readonly diesAfter: number | null;
}

const FAULTS_MAX = 10;

const life = JSON.parse(process.argv[2]!) as ReaderLife;
const stream = portOf(life);
const ledger = new KeptLedger(life.ledgerFile);
let recorded = 0;
let faults = 0;

const recorder: KeptLedger['record'] = async (events) => {
  const outcomes = await ledger.record(events);
  recorded += events.length;
  process.stdout.write(`${recorded}\n`);
  if (life.diesAfter !== null && recorded >= life.diesAfter) process.kill(process.pid, 'SIGKILL');
  return outcomes;
};

for (;;) {
  const world = { stream, recorder: { record: recorder }, read: readApos, now: Date.now };
  const step = await readStream(world, life.limits);
  // On a busy machine a call may take longer than it may: the next step makes up for it.
  faults = step.end === 'fault' ? faults + 1 : 0;
  if (faults > FAULTS_MAX) throw new Error(`the reader met ${step.fault?.reason} ${faults} times in a row`);
  if (step.end !== 'drained') continue;
  const stuck = await stream.stuck(0, 1);
  if (stuck.ok && stuck.value.length === 0) break;
  await new Promise((resolve) => setTimeout(resolve, life.limits.idleMs / 4));
}
ledger.close();
