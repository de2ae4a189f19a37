// Both load programs against a server that knows what it was sent.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadWithAutocannon, parseAutocannon } from '../../bench/load/autocannon.ts';
import { loadOnce, RefusedAnswers } from '../../bench/load/loader.ts';
import { loadWithWrk, parseWrk } from '../../bench/load/wrk.ts';
import { needsProgram } from '../harness/debian.ts';
import { SERIAL_MARK, type Load } from '../../bench/load/load.ts';

const directory = mkdtempSync(join(tmpdir(), 'loaders-'));
let servers: Server[];
let urls: string[];
let heard: { url: number; ids: string[]; key: string | undefined }[] = [];
/** One in so many answers is a refusal; 0: none. */
let refuseEach = 0;

beforeAll(async () => {
  servers = [0, 1].map((url) =>
    createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        heard.push({ url, ids: JSON.parse(text) as string[], key: request.headers['x-key'] as string | undefined });
        const status = refuseEach > 0 && heard.length % refuseEach === 0 ? 503 : 200;
        // Not as fast as it can: the machine has other tests to run.
        setTimeout(() => response.writeHead(status).end('{}'), 5);
      });
    }),
  );
  urls = await Promise.all(
    servers.map(
      async (server) =>
        await new Promise<string>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
          });
        }),
    ),
  );
});
beforeEach(() => {
  heard = [];
  refuseEach = 0;
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

const loadOf = (count: number): Load => ({
  urls: urls.slice(0, count),
  path: '/record',
  headers: { 'x-key': 'of the bench' },
  bodies: [JSON.stringify([`a_${SERIAL_MARK}`]), JSON.stringify([`b_${SERIAL_MARK}`, `c_${SERIAL_MARK}`])],
  connections: 4,
  seconds: 1,
});

describe.each([
  { name: 'autocannon', run: loadWithAutocannon, isMissing: false },
  { name: 'wrk', run: loadWithWrk, isMissing: needsProgram('wrk', 'wrk', 'load by wrk') },
])('$name', ({ name, run, isMissing }) => {
  // Not installed on every machine: the bench does without it too.
  const whereThere = test.skipIf(isMissing);
  const loader = { name, caution: null, run };

  whereThere('sends the bodies in turn, each with ids of its own, and counts what was answered', async () => {
    const count = await loadOnce(loader, loadOf(1), directory);
    const ids = heard.flatMap((each) => each.ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[abc]_\d{10}$/.test(id))).toBe(true);
    expect(heard.every(({ key }) => key === 'of the bench')).toBe(true);
    expect(count.requests).toBeGreaterThan(0);
    // What was on its way at the end is not counted.
    expect(heard.length - count.requests).toBeGreaterThanOrEqual(0);
    expect(heard.length - count.requests).toBeLessThanOrEqual(4);
    expect(count.p50Ms).toBeGreaterThan(0);
    expect(count.p50Ms).toBeLessThanOrEqual(count.p95Ms);
    expect(count.p95Ms).toBeLessThanOrEqual(count.p99Ms);
    // The second that was asked for, and what starting and ending took.
    expect(count.perSecond).toBeLessThanOrEqual(count.requests);
    expect(count.perSecond).toBeGreaterThan(count.requests / 5);
  });

  whereThere('spreads over several addresses', async () => {
    await loadOnce(loader, loadOf(2), directory);
    expect(new Set(heard.map(({ url }) => url)).size).toBe(2);
    const ids = heard.flatMap((each) => each.ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  whereThere('fails where one answer was not 2xx', async () => {
    refuseEach = 3;
    await expect(loadOnce(loader, loadOf(1), directory)).rejects.toThrow(RefusedAnswers);
  });

  whereThere('fails where nobody listens', async () => {
    const nobody = { ...loadOf(1), urls: ['http://127.0.0.1:1'] };
    await expect(loadOnce(loader, nobody, directory)).rejects.toThrow();
  });
});

describe('what wrk says', () => {
  test('is read from the line of our script', () => {
    const output = `Running 1s test\nRequests/sec:  7.00\nbench-told 3000 1500000 2 1 250.000000 1000.500000 2000.000000\n`;
    expect(parseWrk(output)).toEqual({
      ...{ requests: 3_000, perSecond: 2_000, refused: 2, broken: 1 },
      ...{ p50Ms: 0.25, p95Ms: 1.0005, p99Ms: 2 },
    });
  });

  test.each(['', 'Requests/sec: 7', 'bench-told 1 2 3', 'bench-told 1 0 0 0 1 1 1', 'bench-told 1 1 0 0 nan 1 1'])(
    'is refused where it is %j',
    (output) => {
      expect(() => parseWrk(output)).toThrow('wrk did not say what it measured');
    },
  );
});

describe('what autocannon says', () => {
  const told = { seconds: 2, answers: 3_000, refused: 2, broken: 1, p50Ms: 0.25, p95Ms: 1, p99Ms: 2 };

  test('is read from the last line', () => {
    expect(parseAutocannon(`a warning\n${JSON.stringify(told)}\n`)).toEqual({
      ...{ requests: 3_000, perSecond: 1_500, refused: 2, broken: 1 },
      ...{ p50Ms: 0.25, p95Ms: 1, p99Ms: 2 },
    });
  });

  test.each(['', '{', '{}', JSON.stringify({ ...told, p95Ms: null }), JSON.stringify({ ...told, seconds: 0 })])(
    'is refused where it is %j',
    (output) => {
      expect(() => parseAutocannon(output)).toThrow('autocannon did not say what it measured');
    },
  );
});
