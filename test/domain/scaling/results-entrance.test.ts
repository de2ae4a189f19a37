// How many results stand inside: by how late the isolate is.
import { describe, expect, test } from 'vitest';
import { CONTESTED } from '../../../src/domain/scaling/entrance.ts';
import { Door } from '../../harness/door.ts';

interface Load {
  readonly tookMs: number;
  readonly lagMs: number;
}

describe('results, where they take long', () => {
  /** How many may stand after so many rounds, 100 ms apart. */
  const work = (door: Door, { tookMs, lagMs }: Load, times: number): number => {
    const { entrance } = door;
    for (let index = 0; index < times; index += 1, door.now += 100) {
      const { now } = door;
      const passes = Array.from({ length: 200 }, () => door.come('record')).filter((pass) => typeof pass === 'number');
      expect(entrance.wantsLag).toBe(true);
      for (const pass of passes) {
        entrance.noteLag(lagMs);
        entrance.leave('record', pass, tookMs, now);
      }
    }
    expect(entrance.wantsLag).toBe(false);
    return entrance.standing('record');
  };

  test.each([
    { where: 'they take 19 ms', tookMs: 19, lagMs: 40, times: 100, standing: 256 },
    { where: 'their objects are on the other side of the world', tookMs: 400, lagMs: 2, times: 100, standing: 256 },
    { where: 'the isolate is a little late', tookMs: 400, lagMs: 11, times: 1, standing: 256 * 0.85 },
    { where: 'it is twice as late as it may be', tookMs: 400, lagMs: 20, times: 1, standing: 256 * 0.5 },
    { where: 'it is very late', tookMs: 400, lagMs: 60, times: 1, standing: 256 * 0.5 },
    { where: 'it stays late', tookMs: 400, lagMs: 11, times: 100, standing: 48 },
  ])('[ENT-4] $where', ({ tookMs, lagMs, times, standing }) => {
    const door = new Door();
    // What the averages look back on.
    for (let index = 0; index < 100; index += 1) door.entrance.noteLag(lagMs);
    expect(work(door, { tookMs, lagMs }, times)).toBeCloseTo(standing, 0);
  });

  test('[ENT-4] one pause of the isolate, however long, does not make them fewer', () => {
    const door = new Door();
    for (let index = 0; index < 100; index += 1) door.entrance.noteLag(5);
    door.entrance.noteLag(10_000);
    expect(work(door, { tookMs: 400, lagMs: 5 }, 1)).toBe(256);
  });

  test('[ENT-4] no longer: more stand inside', () => {
    const door = new Door();
    expect(work(door, { tookMs: 400, lagMs: 40 }, 100)).toBe(48);
    expect(door.entrance.enter('record', 33, door.now)).toBe(CONTESTED);
    expect(work(door, { tookMs: 400, lagMs: 2 }, 200)).toBeGreaterThan(60);
  });
});

test('[ENT-4] where recommendations take long fewer results stand inside', () => {
  const { entrance } = new Door();
  const work = (tookMs: number): number => {
    for (let now = 0; now < 3_000; now += 10)
      entrance.leave('recommend', entrance.enter('recommend', 1, now), tookMs, now);
    return entrance.standing('record');
  };
  expect([work(19), work(25)]).toEqual([256, 48]);
  expect(entrance.standing('recommend')).toBe(8);
});
