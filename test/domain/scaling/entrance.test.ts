// Who is let in while more come than can be answered, and how the others are told.
import { describe, expect, test } from 'vitest';
import {
  callKindOf,
  CONTESTED,
  Entrance,
  ENTRANCE_BOUNDS,
  type Turned,
  weightOf,
} from '../../../src/domain/scaling/entrance.ts';
import { Door } from '../../harness/door.ts';

const turnedOf = (answer: number | Turned): Turned => {
  if (typeof answer === 'number') throw new Error('was let in');
  return answer;
};

describe('how many are inside', () => {
  test.each([
    ['recommend', 12],
    ['advise', 32],
    ['record', 128],
    ['other', 16],
  ] as const)('[ENT-1] of %s the first %i are let in without a contest', (kind, half) => {
    const entrance = new Entrance();
    for (let index = 0; index < half; index += 1) expect(entrance.enter(kind, 1, 0)).toBeGreaterThan(0);
    expect(entrance.enter(kind, 1, 0)).toBe(CONTESTED);
  });

  test.each([
    ['recommend', 256, 8],
    ['advise', 256, 64],
    ['record', 256, 256],
    ['other', 128, 32],
  ] as const)('[ENT-2] of %s %i are inside in a burst, and %i where the crowd stays', (kind, burst, standing) => {
    const door = new Door();
    expect(door.crowd(kind, 1_000)).toBe(burst);
    door.now = 249;
    expect(door.crowd(kind, 10)).toBe(0);
    const stays = new Door();
    const passes: number[] = [];
    // Each comes as one leaves: as many as a crowd needs, and after 400 ms as many as may stand.
    for (let step = 0; step < 900; step += 1, stays.now += 1) {
      for (let index = 0; index < 2; index += 1) {
        const pass = stays.come(kind);
        if (typeof pass === 'number') passes.push(pass);
      }
      const most = step < 400 ? Math.max(24, standing) : standing;
      while (passes.length > most) stays.entrance.leave(kind, passes.shift()!, 1, stays.now);
    }
    expect(stays.crowd(kind, 100)).toBeLessThanOrEqual(1);
  });

  test('[ENT-2] up to 24 recommendations are no crowd, however long it lasts', () => {
    const door = new Door();
    expect(door.queue('recommend', 20, 5_000)).toEqual({ most: 24, turned: 0 });
  });

  test.each(['recommend', 'record'] as const)('[ENT-2] one full instant is no crowd of %s afterwards', (kind) => {
    const door = new Door();
    const { crowd } = ENTRANCE_BOUNDS[kind];
    const passes = Array.from({ length: 280 }, () => door.come(kind)).filter((pass) => typeof pass === 'number');
    expect(passes.length).toBe(256);
    // As many as make none, for as long as that instant is remembered.
    while (passes.length > crowd - 4) door.entrance.leave(kind, passes.shift()!, 1, door.now);
    for (let step = 0; step < 450; step += 1, door.now += 1) {
      passes.push(door.come(kind) as number);
      door.entrance.leave(kind, passes.shift()!, 1, door.now);
    }
    expect(passes.every((pass) => typeof pass === 'number')).toBe(true);
  });

  test('[ENT-2] an isolate that stood still answers those that came meanwhile, again and again', () => {
    const door = new Door();
    let turned = 0;
    for (let pause = 0; pause < 20; pause += 1) {
      const passes = Array.from({ length: 200 }, () => door.come('recommend'));
      for (const pass of passes) {
        if (typeof pass === 'number') door.entrance.leave('recommend', pass, 30, door.now);
        else turned += 1;
      }
      turned += door.queue('recommend', 4, 400).turned;
    }
    expect(turned).toBe(0);
  });

  test('[ENT-2] a crowd that comes back within a second is the same', () => {
    const comeBack = (afterMs: number): number => {
      const door = new Door();
      const passes: number[] = [];
      for (; door.now < 400; door.now += 20) {
        const pass = door.come('recommend');
        if (typeof pass === 'number') passes.push(pass);
        for (let index = 0; index < 100; index += 1) {
          const more = door.come('recommend');
          if (typeof more === 'number') passes.push(more);
        }
      }
      for (const pass of passes) door.entrance.leave('recommend', pass, 1, door.now);
      door.now += afterMs;
      return door.crowd('recommend', 300);
    };
    expect([comeBack(800), comeBack(2_000)]).toEqual([24, 256]);
  });

  test('[ENT-2] a crowd is over when nobody came beyond those that may stand for 500 ms', () => {
    const door = new Door();
    door.press('recommend');
    expect(door.crowd('recommend', 1_000)).toBeLessThanOrEqual(8);
    door.now += 2_500;
    expect(door.crowd('recommend', 1_000)).toBe(256);
  });

  test('[ENT-3] a body weighs by its length, and whoever is alone is let in', () => {
    expect([0, 8_191, 8_192, 25_000, 5_000_000, null, -1].map(weightOf)).toEqual([1, 1, 2, 4, 128, 16, 1]);
    const door = new Door();
    door.press('record');
    door.now += 30_000;
    expect(door.come('record', 'key', 4_000)).toBeGreaterThan(0);
    expect(turnedOf(door.come('record', 'key', 4_000)).retryAfterSeconds).toBeGreaterThan(0);
  });

  test('[ENT-9] those that never leave are forgotten', () => {
    const door = new Door();
    expect(door.crowd('recommend', 256)).toBe(256);
    expect(door.crowd('recommend', 1)).toBe(0);
    door.now = 2_000;
    expect(door.crowd('recommend', 1_000)).toBe(256);
  });

  test('[ENT-9] one that was forgotten takes nobody out by leaving late', () => {
    const door = new Door();
    const old = door.come('recommend') as number;
    door.now = 5_000;
    expect(door.crowd('recommend', 256)).toBe(256);
    door.entrance.leave('recommend', old, 5_000, door.now);
    expect(door.crowd('recommend', 1)).toBe(0);
  });

  test('[ENT-10] while a table is awaited 16 times as many are inside, and they are no crowd', () => {
    const door = new Door();
    door.awaitsTable = true;
    for (; door.now < 300; door.now += 100) door.crowd('recommend', 1_000);
    expect(door.crowd('recommend', 2_000)).toBe(1_096);
    door.awaitsTable = false;
    door.now += 2_000;
    expect(door.crowd('recommend', 300)).toBe(256);
  });

  test.each([-1, -1e12, 1e12])('[ENT-11] a clock that is set off by %d ms lets in', (shift) => {
    const door = new Door();
    door.now = 1e12;
    door.press('recommend');
    door.now += shift;
    if (shift > -1e3) door.now -= 1e4;
    expect(door.crowd('recommend', 10)).toBe(10);
  });
});

describe('kinds', () => {
  test.each([
    ['/api/v1/routing/recommend?country=BR', 'recommend'],
    ['/api/v1/payments/next/release', 'advise'],
    ['/api/v1/transactions/batch', 'record'],
    ['/webhooks/stripe', 'record'],
    ['/api/v1/routing/stats', 'other'],
    ['/healthz', 'other'],
    ['', 'other'],
  ])('[ENT-1] %s is %s', (path, kind) => expect(callKindOf(path)).toBe(kind));

  test('[ENT-5] while recommendations are a crowd recording keeps an eighth', () => {
    const door = new Door();
    door.press('recommend');
    expect(door.crowd('record', 1_000)).toBe(32);
    expect(door.crowd('other', 16)).toBe(16);
  });

  test('[ENT-5] of a crowd of recommendations 24 stand inside while results are one', () => {
    const door = new Door();
    const standing = (isBesideResults: boolean): number => {
      const passes: number[] = [];
      for (let step = 0; step < 400; step += 1, door.now += 1) {
        if (isBesideResults) door.crowd('record', 600);
        for (let index = 0; index < 40; index += 1) {
          const pass = door.come('recommend');
          if (typeof pass === 'number') passes.push(pass);
        }
        if (step < 390) while (passes.length > 0) door.entrance.leave('recommend', passes.shift()!, 1, door.now);
      }
      return passes.length;
    };
    expect([standing(false), standing(true)]).toEqual([8, 24]);
  });

  test('[ENT-5] a crowd of results keeps no recommendation out', () => {
    const door = new Door();
    door.press('record');
    expect(door.crowd('recommend', 24)).toBe(24);
    expect(door.crowd('advise', 64)).toBe(64);
  });
});

describe('callers', () => {
  test('[ENT-6] [ENT-7] beside a flood of one key every call of another is let in', () => {
    const door = new Door();
    for (const caller of ['greedy', 'gentle']) door.entrance.know(caller);
    const inside: { pass: number; untilMs: number }[] = [];
    const count = { greedy: 0, gentle: 0 };
    const gentleAsked = 60;
    for (let step = 0; step < gentleAsked * 50; step += 1, door.now += 1) {
      for (const { pass } of inside.filter(({ untilMs }) => untilMs <= door.now))
        door.entrance.leave('recommend', pass, 10, door.now);
      inside.splice(0, inside.length, ...inside.filter(({ untilMs }) => untilMs > door.now));
      const come = (caller: 'greedy' | 'gentle'): void => {
        const pass = door.come('recommend', caller);
        if (typeof pass !== 'number') return;
        if (caller === 'gentle' || step >= 500) count[caller] += 1;
        inside.push({ pass, untilMs: door.now + 10 });
      };
      for (let index = 0; index < 40; index += 1) come('greedy');
      if (step % 50 === 49) come('gentle');
    }
    // In the first 200 ms everybody is let in, and the house is full of those who came first.
    expect(count.gentle).toBeGreaterThanOrEqual(gentleAsked - 4);
    // Nothing stands empty for it: 8 places in 10 ms are 800 a second.
    expect(count.greedy).toBeGreaterThan(2.5 * 800 * 0.9);
    expect(count.greedy).toBeLessThan(2.5 * 800 * 1.1);
  });

  test('[ENT-6] of a full house as many places again are for whoever had less than its share', () => {
    const door = new Door();
    for (const caller of ['greedy', 'gentle']) door.entrance.know(caller);
    const passes: number[] = [];
    for (; door.now < 400; door.now += 1) {
      for (let index = 0; index < 40; index += 1) {
        const pass = door.come('recommend', 'greedy');
        if (typeof pass === 'number') passes.push(pass);
      }
      for (const pass of passes.splice(0)) door.entrance.leave('recommend', pass, 1, door.now);
    }
    expect(door.crowd('recommend', 40, 'greedy')).toBe(8);
    expect(door.crowd('recommend', 40, 'gentle')).toBe(8);
    expect(door.crowd('recommend', 40, 'greedy')).toBe(0);
  });

  test('[ENT-6] who asks for one kind has nothing to share with those of another', () => {
    const door = new Door();
    for (const caller of ['results', 'checkout']) door.entrance.know(caller);
    const inside: number[] = [];
    let admitted = 0;
    for (let step = 0; step < 3_000; step += 1, door.now += 1) {
      door.crowd('record', 10, 'results');
      const most = step < 300 ? 19 : 3;
      while (inside.length > most) door.entrance.leave('recommend', inside.shift()!, 5, door.now);
      for (let index = 0; index < 10; index += 1) {
        const pass = door.come('recommend', 'checkout');
        if (typeof pass !== 'number') continue;
        inside.push(pass);
        if (step >= 1_000) admitted += 1;
      }
    }
    // Five places become free each time, beyond the half that nobody contests.
    expect(admitted).toBeGreaterThan(2_000 * 4);
  });

  test('[ENT-6] keys that nobody knows share one share', () => {
    const door = new Door();
    door.entrance.know('good');
    const passes: number[] = [];
    let good = 0;
    for (let step = 0; step < 1_000; step += 1, door.now += 1) {
      for (let index = 0; index < 20; index += 1) {
        const pass = door.come('recommend', `made up ${step} ${index}`);
        if (typeof pass === 'number') passes.push(pass);
      }
      while (passes.length > 14) door.entrance.leave('recommend', passes.shift()!, 5, door.now);
      if (step >= 500 && step % 10 === 0) {
        const pass = door.come('recommend', 'good');
        if (typeof pass === 'number') {
          good += 1;
          door.entrance.leave('recommend', pass, 5, door.now);
        }
      }
    }
    expect(good).toBe(50);
  });
});

describe('who is turned away', () => {
  const turnAway = (count: number, callers: number): Turned[] => {
    const door = new Door();
    door.crowd('recommend', 256);
    for (; door.now < 240; door.now += 80) door.come('recommend');
    for (let caller = 0; caller < callers; caller += 1) door.entrance.know(`key ${caller}`);
    return Array.from({ length: count }, (_, index) => turnedOf(door.come('recommend', `key ${index % callers}`)));
  };

  test('[ENT-8] hears so at once ten times a second, then after 0.4 to 8 s, 250 a second, and beyond that at once', () => {
    const held = turnAway(3_000, 1).map(({ heldMs }) => heldMs);
    const prompt = held.findIndex((heldMs) => heldMs > 0);
    expect(prompt).toBeLessThanOrEqual(10);
    const kept = held.slice(prompt).filter((heldMs) => heldMs > 0);
    expect([Math.min(...kept), Math.max(...kept)]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(400);
    expect(Math.max(...kept)).toBeLessThanOrEqual(8_000);
    expect(kept.length).toBeGreaterThan(1_500);
    expect(kept.length).toBeLessThanOrEqual(1_901);
    const seconds = kept.map((heldMs) => Math.floor(heldMs / 1_000));
    for (let second = 0; second < 8; second += 1)
      expect(seconds.filter((at) => at === second).length).toBeLessThanOrEqual(250);
    expect(held.at(-1)).toBe(0);
  });

  test('[ENT-8] of many callers 100 hear it at once in a second', () => {
    expect(turnAway(2_000, 200).filter(({ heldMs }) => heldMs === 0).length).toBeLessThanOrEqual(100);
  });

  test('[ENT-8] comes back after 1, 2 or 3 s, a third of them each', () => {
    const after = turnAway(300, 1).map(({ retryAfterSeconds }) => retryAfterSeconds);
    expect([1, 2, 3].map((seconds) => after.filter((each) => each === seconds).length)).toEqual([100, 100, 100]);
  });
});
