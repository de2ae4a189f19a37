// Load by wrk: the script it runs, and what it says in the end.
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { runProgram, tryProgram } from '../../tools/run-program.ts';
import { SERIAL_MARK, type Load, type LoadCount } from './load.ts';

const TOLD = 'bench-told';
/** Serials of one thread; they start anew with the next. */
const SERIALS_PER_THREAD = 100_000_000;

export async function wrkVersion(): Promise<string> {
  // It has no other way to tell, and ends with 1 when it has told.
  const { output } = await tryProgram('wrk', ['-v']);
  return `wrk ${/^wrk (?:debian\/)?(\S+)/.exec(output)?.[1] ?? 'of an unknown version'}`;
}

export async function loadWithWrk(load: Load, directory: string): Promise<LoadCount> {
  const script = join(directory, 'load.lua');
  writeFileSync(script, wrkScript(load));
  const amounts = [`-t${load.urls.length}`, `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s'];
  return parseWrk(await runProgram('wrk', [...amounts, '-s', script, load.urls[0]!]));
}

export function wrkScript({ urls, path, headers, bodies }: Load): string {
  const head = (body: string, host: string): string =>
    [
      `POST ${path} HTTP/1.1`,
      `host: ${host}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      '',
    ].join('\r\n');
  const pieces = bodies.map((body) => (head(body, new URL(urls[0]!).host) + body).split(SERIAL_MARK).map(luaText));
  const ports = urls.map((url) => new URL(url).port);
  return `local requests = {
${pieces.map((its) => `{${its.join(',')}},`).join('\n')}
}
local ports = {${ports.join(',')}}
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("first", (threads - 1) * ${SERIALS_PER_THREAD})
  thread.addr = wrk.lookup("127.0.0.1", ports[threads])[1]
end
local turn, serial, format, concat = 0, 0, string.format, table.concat
function init() serial = first end
function request()
  turn = turn % #requests + 1
  local pieces = requests[turn]
  if #pieces == 1 then return pieces[1] end
  local parts = {pieces[1]}
  for place = 2, #pieces do
    serial = serial + 1
    parts[2 * place - 2] = format("%010d", serial)
    parts[2 * place - 1] = pieces[place]
  end
  return concat(parts)
end
function done(summary, latency)
  local errors = summary.errors
  print(format("${TOLD} %d %d %d %d %f %f %f", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
`;
}

/** Throws where the script's last line is missing. */
export function parseWrk(output: string): LoadCount {
  const line = output.split('\n').find((each) => each.startsWith(`${TOLD} `));
  const figures = line?.split(' ').slice(1).map(Number) ?? [];
  const [requests, durationUs, refused, broken, p50Us, p95Us, p99Us] = figures;
  if (figures.length !== 7 || !figures.every((figure) => Number.isFinite(figure) && figure >= 0) || durationUs === 0)
    throw new Error(`wrk did not say what it measured:\n${output}`);
  return {
    requests: requests!,
    // wrk counts answers of 400 and above; nothing that is measured redirects.
    refused: refused!,
    broken: broken!,
    perSecond: (requests! * 1e6) / durationUs!,
    p50Ms: p50Us! / 1_000,
    p95Ms: p95Us! / 1_000,
    p99Ms: p99Us! / 1_000,
  };
}

/** Of printable ASCII and line ends: both languages write these alike. */
const luaText = (text: string): string => JSON.stringify(text);
