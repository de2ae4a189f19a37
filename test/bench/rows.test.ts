import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { activeMs } from '../../bench/rows/bundle.ts';
import { duel, type Bench } from '../../bench/duel.ts';
import { growthOf } from '../../bench/rows/decide.ts';
import { MEASUREMENTS, ROWS } from '../../bench/rows/all-rows.ts';
import { prepareBaseline } from '../../bench/side-workers.ts';
import type { Load, LoadCount } from '../../bench/load/load.ts';

test('no two measurements tell the same row', () => {
  const names = MEASUREMENTS.flatMap(({ rows }) => Object.keys(rows));
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(ROWS)).toEqual(names);
});

describe('growth of a cost', () => {
  const curve = (cost: (at: number) => number): [number, number][] =>
    [0, 100, 200, 300, 400].map((at) => [at, cost(at)]);

  test('is 1 where it is linear, whatever the constant part', () => {
    expect(growthOf(curve((at) => 70 + 3 * at))).toBeCloseTo(1, 10);
  });

  test('is above 1 where it bends upwards, and below where it bends down', () => {
    expect(growthOf(curve((at) => at ** 2))).toBeCloseTo(3, 10);
    expect(growthOf(curve((at) => Math.sqrt(at)))).toBeLessThan(0.5);
  });
});

test('time that a profile spent idle is no start-up time', () => {
  const callFrame = (functionName: string) => ({ functionName });
  expect(
    activeMs({
      nodes: [
        { id: 1, callFrame: callFrame('(root)') },
        { id: 2, callFrame: callFrame('(idle)') },
        { id: 3, callFrame: callFrame('init') },
        { id: 4, callFrame: callFrame('(garbage collector)') },
      ],
      samples: [2, 3, 2, 4, 3],
      timeDeltas: [10_000, 2_000, 5_000, 500, 1_500],
    }),
  ).toBe(4);
});

describe('a duel', () => {
  const FIGURES = { requests: 10, refused: 0, broken: 0, perSecond: 10, p50Ms: 1, p95Ms: 2, p99Ms: 3 };

  function benchOf(count: (load: Load) => Partial<LoadCount>): { bench: Bench; loads: Load[] } {
    const loads: Load[] = [];
    const run = (load: Load): Promise<LoadCount> => {
      loads.push(load);
      return Promise.resolve({ ...FIGURES, ...count(load) });
    };
    const loader = { name: 'none', caution: null, run };
    const pace = { rounds: 2, seconds: 4, warmUpSeconds: 3, isQuick: false, port: undefined };
    return { bench: { ...pace, loader, directory: '.', tell: () => undefined }, loads };
  }
  const contestant = (name: string) => ({
    name,
    load: (label: string) => ({ urls: [name], path: `/${label}`, headers: {}, bodies: ['{}'] }),
  });
  const both = { what: 'a duel', contestants: [contestant('ours'), contestant('baseline')], connections: 32 };

  test('loads one after the other in every round, after a warm-up that is not counted', async () => {
    const { bench, loads } = benchOf(({ seconds }) => ({ perSecond: seconds }));
    const { counts, connections } = await duel(both, bench);
    expect(loads.map(({ urls, seconds }) => [urls[0], seconds])).toEqual([
      ['ours', 3],
      ['baseline', 3],
      ['ours', 4],
      ['baseline', 4],
      ['ours', 4],
      ['baseline', 4],
    ]);
    expect(connections).toBe(32);
    for (const name of ['ours', 'baseline']) expect(counts[name]!.map(({ perSecond }) => perSecond)).toEqual([4, 4]);
  });

  test('begins anew with half the connections where some were refused, and never with a label twice', async () => {
    const { bench, loads } = benchOf(({ urls, connections }) => ({
      refused: urls[0] === 'ours' && connections > 8 ? 1 : 0,
    }));
    expect((await duel(both, bench)).connections).toBe(8);
    expect(loads.map(({ connections }) => connections)).toEqual([32, 16, 8, 8, 8, 8, 8, 8]);
    const ours = loads.filter(({ urls }) => urls[0] === 'ours').map(({ path }) => path);
    expect(new Set(ours).size).toBe(ours.length);
  });

  test('ends where even eight are refused', async () => {
    const { bench, loads } = benchOf(() => ({ refused: 3 }));
    await expect(duel(both, bench)).rejects.toThrow('3 of 10 answers of ours/c8r0 were not 2xx');
    expect(loads).toHaveLength(3);
  });

  test.each([
    [{ broken: 1 }, '1 requests to ours/c32r0 had no answer'],
    [{ requests: 0 }, 'a duel: ours answered nothing in 4 s'],
  ])('ends at %j', async (count, sentence) => {
    const { bench } = benchOf(() => count);
    await expect(duel(both, bench)).rejects.toThrow(sentence);
  });
});

describe('a baseline', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function answering(text: string, type: string): Promise<string> {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'content-type': type }).end(text));
    });
    servers.push(server);
    return await new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
      });
    });
  }

  test('answers the very bytes of Signalbox', async () => {
    const url = await answering('{"a":1}', 'application/json');
    await expect(prepareBaseline(url, '/x', [{ a: 1 }, { a: 2 }])).resolves.toBeUndefined();
    await expect(prepareBaseline(url, '/x', [{ a: 2 }])).rejects.toThrow('does not answer what Signalbox does');
  });

  test('says what it is as Signalbox says it', async () => {
    const url = await answering('{"a":1}', 'text/plain');
    await expect(prepareBaseline(url, '/x', [{ a: 1 }])).rejects.toThrow('does not answer what Signalbox does');
  });
});
