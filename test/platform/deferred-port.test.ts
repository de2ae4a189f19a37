// A port whose code is loaded at its first call: one port, whoever asked first, and no promise kept.
import { describe, expect, test } from 'vitest';
import { deferredPort } from '../../src/platform/deferred-port.ts';

interface Counter {
  add(by: number): Promise<number>;
  read(): Promise<number>;
}

function createCounter(): Counter {
  let count = 0;
  return {
    add: async (by) => (count += by),
    read: async () => count,
  };
}

const METHODS = { add: true, read: true } as const;

describe('a deferred port', () => {
  test('is loaded by its first call, and once', async () => {
    let loads = 0;
    const port = deferredPort<Counter>(METHODS, async () => {
      loads += 1;
      return createCounter();
    });
    expect(loads).toBe(0);
    expect(await port.add(2)).toBe(2);
    expect(await port.add(3)).toBe(5);
    expect(await port.read()).toBe(5);
    expect(loads).toBe(1);
  });

  test('is one port to two calls that load it at once', async () => {
    const port = deferredPort<Counter>(METHODS, async () => createCounter());
    await Promise.all([port.add(1), port.add(1)]);
    expect(await port.read()).toBe(2);
  });

  test('whose loading failed is loaded by the next call', async () => {
    let isAway = true;
    const port = deferredPort<Counter>(METHODS, async () => {
      if (isAway) throw new Error('away');
      return createCounter();
    });
    await expect(port.add(1)).rejects.toThrow('away');
    isAway = false;
    expect(await port.add(1)).toBe(1);
  });

  test('is no promise: a function may hand it on', async () => {
    const port = deferredPort<Counter>(METHODS, async () => createCounter());
    expect(await Promise.resolve(port)).toBe(port);
  });
});
