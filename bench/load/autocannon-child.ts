// Runs one load with autocannon and says what came of it in one line of JSON; each answer's time is kept, for autocannon's own are whole milliseconds.
import autocannon from 'autocannon';
import { readFileSync } from 'node:fs';
import { type AutocannonTold } from './autocannon.ts';
import { percentile } from '../result.ts';
import { SERIAL_MARK, type Load } from './load.ts';

const { urls, path, headers, bodies, connections, seconds } = JSON.parse(
  readFileSync(process.argv[2]!, 'utf8'),
) as Load;
let serial = 0;
let turn = 0;
/** The bodies in turn over all connections, as wrk's one thread sends them. */
function nextBody(): string {
  const body = bodies[turn % bodies.length]!;
  turn += 1;
  return body.replaceAll(SERIAL_MARK, () => String((serial += 1)).padStart(SERIAL_MARK.length, '0'));
}

const timesMs: number[] = [];
const instance = autocannon(
  {
    url: [...urls],
    connections,
    duration: seconds,
    timeout: 10,
    requests: [
      {
        method: 'POST',
        path,
        headers: { ...headers },
        setupRequest: (request: object) => ({ ...request, body: nextBody() }),
      },
    ],
  },
  (error, result) => {
    if (error) throw error;
    const at = (share: number): number => (timesMs.length === 0 ? 0 : percentile(timesMs, share));
    const told: AutocannonTold = {
      seconds: result.duration,
      answers: timesMs.length,
      refused: result.non2xx,
      broken: result.errors,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
    };
    console.log(JSON.stringify(told));
  },
);
instance.on('response', (_client, _status, _bytes, timeMs) => timesMs.push(timeMs));
