// The door of the Worker: what is handed on, and what those hear that are turned away.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Entrance } from '../../src/domain/scaling/entrance.ts';
import { throughEntrance } from '../../src/http/entrance.ts';
import { SAMPLES } from '../../src/http/reference/problem-samples.ts';
import { problemOf } from '../../src/http/problem.ts';

const CROWD = 400;

/** Answers nobody until `open`; how many it holds are inside. */
function slowHouse({ awaitsTable = false, entrance = new Entrance() } = {}) {
  const waiting: (() => void)[] = [];
  const behind: Promise<unknown>[] = [];
  const inside = vi.fn(
    () => new Promise<Response>((resolve) => waiting.push(() => resolve(new Response('{}', { status: 200 })))),
  );
  const serve = throughEntrance<null, { waitUntil(work: Promise<unknown>): void }>(inside, {
    clock: () => Date.now(),
    awaitsTable: () => awaitsTable,
    entrance,
  });
  const call = async (path = '/api/v1/routing/recommend', headers: Record<string, string> = {}): Promise<Response> =>
    await serve(new Request(`https://signalbox.example${path}`, { method: 'POST', headers }), null, {
      waitUntil: (work) => void behind.push(work),
    });
  const open = (): void => waiting.splice(0).forEach((answer) => answer());
  return { call, inside, open, behind };
}

let logged: Record<string, unknown>[];
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  logged = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void logged.push(JSON.parse(line)));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Everybody there is room for is inside, and it has been so for long enough. */
async function fullHouse(path?: string) {
  const house = slowHouse();
  for (let index = 0; index < CROWD; index += 1) void house.call(path);
  vi.advanceTimersByTime(300);
  return house;
}

describe('the door', () => {
  test('[ENT-1] hands on what there is room for, and its answer', async () => {
    const house = slowHouse();
    const answer = house.call();
    expect(house.inside).toHaveBeenCalledTimes(1);
    house.open();
    expect((await answer).status).toBe(200);
  });

  test('[ENT-2] keeps out what there is no room for, and lets in again when others have left', async () => {
    const house = await fullHouse();
    expect(house.inside).toHaveBeenCalledTimes(256);
    house.open();
    await vi.advanceTimersByTimeAsync(0);
    void house.call();
    expect(house.inside).toHaveBeenCalledTimes(257);
  });

  test('[ENT-5] of one kind does not keep another out', async () => {
    const house = await fullHouse('/api/v1/transactions');
    const before = house.inside.mock.calls.length;
    void house.call('/api/v1/routing/recommend');
    void house.call('/api/v1/processors');
    expect(house.inside).toHaveBeenCalledTimes(before + 2);
  });

  test('[ENT-8] the refusal is a problem document with Retry-After, safe headers and the id that was sent', async () => {
    const house = await fullHouse();
    const turned = house.call(undefined, { 'x-request-id': 'checkout-42' });
    await vi.advanceTimersByTimeAsync(8_001);
    const answer = await turned;
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-request-id')).toBe('checkout-42');
    const { title, detail, code } = problemOf(SAMPLES.overloaded);
    expect(await answer.json()).toEqual({
      type: '/docs#problem-overloaded',
      ...{ title, status: 503, detail, code, request_id: 'checkout-42' },
    });
  });

  test('[ENT-9] a result that is inside is finished though its client went away', async () => {
    const house = slowHouse();
    void house.call('/api/v1/transactions', { 'content-length': '2' });
    void house.call('/api/v1/routing/recommend');
    expect(house.behind).toHaveLength(1);
  });

  test('[ENT-4] while results wait one timer at a time is looked at, and how late it came is learned', async () => {
    const entrance = new Entrance();
    const noteLag = vi.spyOn(entrance, 'noteLag');
    const house = slowHouse({ entrance });
    const crowd = (): void => {
      for (let index = 0; index < 40; index += 1) void house.call('/api/v1/transactions', { 'content-length': '2' });
    };
    crowd();
    expect(vi.getTimerCount()).toBe(1);
    vi.setSystemTime(Date.now() + 30);
    await vi.advanceTimersByTimeAsync(0);
    expect(noteLag).toHaveBeenCalledExactlyOnceWith(30);
    crowd();
    expect(vi.getTimerCount()).toBe(1);
  });

  test('[ENT-10] while a table is awaited nobody is kept out of it', () => {
    const house = slowHouse({ awaitsTable: true });
    for (let index = 0; index < CROWD; index += 1) void house.call();
    expect(house.inside).toHaveBeenCalledTimes(CROWD);
  });

  test('[ENT-12] one line in 10 s tells how many were turned away', async () => {
    const house = await fullHouse();
    expect(logged).toMatchObject([{ event: 'overloaded', count: 1 }]);
    vi.advanceTimersByTime(10_000);
    for (let index = 0; index < CROWD; index += 1) void house.call();
    expect(logged).toHaveLength(2);
    expect(logged[1]!['count']).toBe(CROWD - 256);
  });

  test("[ENT-1] a fault inside is the caller's to hear, and leaves its place", async () => {
    const serve = throughEntrance<null, { waitUntil(work: Promise<unknown>): void }>(
      () => Promise.reject(new Error('broken')),
      { clock: () => Date.now(), awaitsTable: () => false },
    );
    for (let index = 0; index < 1_000; index += 1)
      await expect(
        serve(new Request('https://signalbox.example/healthz'), null, { waitUntil: () => undefined }),
      ).rejects.toThrow('broken');
  });
});
