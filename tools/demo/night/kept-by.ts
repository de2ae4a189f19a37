// Writes to the night demo's history until it is written: rows that are there already stay as they are, so that what may have arrived is sent once more.
import type { HistoryReply } from '../../../src/ports/history-port.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 5;
const AGAIN_MS = 500;

export async function keptBy(write: () => Promise<HistoryReply<number>>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const reply = await write();
    if (reply.ok) return;
    if (tries === TRIES) throw new Error(`history took no rows: ${reply.fault.reason}`);
    await sleep(AGAIN_MS);
  }
}
