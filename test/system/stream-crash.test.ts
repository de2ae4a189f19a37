// A stream's reader is killed again and again while it reads a real Redis: nothing is lost, nothing is counted twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsProgram } from '../harness/debian.ts';
import { KeptLedger } from '../harness/kept-ledger.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';
import type { ReaderLife } from '../harness/mortal-reader.ts';
import { GROUP, LETTERS, STREAM } from '../harness/stream-lab.ts';
import { producePayments, tellRedis } from '../harness/stream-producer.ts';
import type { Bridge } from '../../tools/upstash-bridge/bridge-server.ts';
import { atSoak, tellFigures } from '../harness/soak.ts';
import { openRedis } from '../../tools/upstash-bridge/open-redis.ts';
import { startProgram } from '../../tools/run-program.ts';

const PAYMENTS = atSoak(10_000, 100_000);
const BATCHES = 50;
const DEATHS = 8;
const missing = needsProgram('redis-server', 'redis-server', 'a stream reader that is killed, over a real Redis');

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly recorded: number;
}

/** `killAfter`: how many events are told before it is killed from outside, wherever it may be by then. */
function live(life: ReaderLife, killAfter: number | null): Promise<Life> {
  const child = startProgram('node', ['test/harness/mortal-reader.ts', JSON.stringify(life)]);
  let output = '';
  let complaint = '';
  const recorded = (): number => Number(output.trimEnd().split('\n').at(-1));
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (killAfter !== null && recorded() >= killAfter) child.kill('SIGKILL');
  });
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code !== null && code !== 0) reject(new Error(complaint));
      else resolve({ signal, code, recorded: recorded() });
    });
  });
}

describe.skipIf(missing)('a stream reader that is killed', () => {
  leaveOnSignal();
  let bridge: Bridge;
  let place: string;
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'stream-crash-'));
    bridge = await openRedis({ preferReal: true });
  });
  afterAll(async () => {
    await bridge.close();
    rmSync(place, { recursive: true, force: true });
  });

  test(
    `[STR-2] ${DEATHS} times in the middle of batches has lost none of ${PAYMENTS} payments and counted none twice`,
    { timeout: 60_000 + PAYMENTS },
    async ({ task }) => {
      expect(bridge.kind).toBe('redis');
      const entries = await producePayments(bridge, STREAM, 0, PAYMENTS);
      const batchMax = Math.ceil(entries / BATCHES);
      const ledgerFile = join(place, 'ledger.sqlite');
      const limits = { batchMax, idleMs: 400, deliveriesMax: 5, stepMs: 300 };
      const base = { url: bridge.url, token: bridge.token, ledgerFile, limits };
      for (let death = 0; death < DEATHS; death++) {
        const after = batchMax * (2 + (death % 3));
        const bySelf = death % 2 === 0;
        const life = await live({ ...base, diesAfter: bySelf ? after : null }, bySelf ? null : after);
        expect(life.signal).toBe('SIGKILL');
        expect(life.recorded).toBeGreaterThanOrEqual(after);
      }
      expect(await live({ ...base, diesAfter: null }, null)).toMatchObject({ signal: null, code: 0 });

      const ledger = new KeptLedger(ledgerFile);
      const { approved, declined, duplicate, conflict } = ledger.counts;
      ledger.close();
      expect({ counted: approved + declined, conflict }).toEqual({ counted: PAYMENTS, conflict: 0 });
      // The producer's own repeats, and at least half a batch for each time it died before it could acknowledge.
      expect(duplicate).toBeGreaterThan(entries - PAYMENTS + (DEATHS / 2) * (batchMax / 2));
      const [pending, letters] = await tellRedis(bridge, [
        ['XPENDING', STREAM, GROUP],
        ['XLEN', LETTERS],
      ]);
      expect((pending as unknown[])[0]).toBe(0);
      expect(letters).toBe(0);
      tellFigures(task, { payments: approved + declined, deaths: DEATHS });
    },
  );
});
