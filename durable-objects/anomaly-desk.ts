// What finding anomalies reaches of the objects: its book, what processors have not sent yet, the Registry's alerts and the boards' live sockets.
import type { AnomalyDesk, AnomalyHistoryPort } from '../src/ports/anomaly-port.ts';
import { askWithin, withinTime } from './time-limit.ts';
import { boardRegions, boardStub } from './board-client.ts';
import { createAnomalyBookClient } from './anomaly-book-client.ts';
import { predictionBookStub } from './prediction-book-client.ts';
import { registryStub } from './registry-client.ts';
import { unsentOf } from './processor-client.ts';

const ALERT_WAIT_MS = 5_000;
const WINDOWS_WAIT_MS = 2_000;
/** A dashboard that is away holds nobody up. */
const TELL_WAIT_MS = 500;

export function createAnomalyDesk(env: Env, history: AnomalyHistoryPort | null): AnomalyDesk {
  return {
    book: createAnomalyBookClient(env),
    history,
    unsent: async (address) => await unsentOf(env, address),
    windows: async () => (await withinTime(WINDOWS_WAIT_MS, async () => await predictionBookStub(env).windows())) ?? [],
    alert: async (alerts) =>
      await askWithin(ALERT_WAIT_MS, 'the Registry', async () => await registryStub(env).hearAnomalies(alerts)),
    tell: async (anomalies) => {
      const boards = boardRegions(env).map((region) => boardStub(env, region));
      const tell = boards.map(
        async (board) => await withinTime(TELL_WAIT_MS, async () => await board.announceAnomalies(anomalies)),
      );
      await Promise.all(tell);
    },
  };
}
