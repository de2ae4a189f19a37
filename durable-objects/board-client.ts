// The way to a routing board, for refills and for the live socket.
import { withinTime } from './time-limit.ts';
import type { BoardPort, TableDelta } from '../src/ports/board-port.ts';
import type { CopyPort } from '../src/ports/copy-port.ts';
import type { LivePort } from '../src/ports/live-port.ts';
import type { RoutingBoard } from './routing-board.ts';

export function boardRegions(env: Pick<Env, 'BOARD_REGIONS'>): string[] {
  return env.BOARD_REGIONS.split(',')
    .map((region) => region.trim())
    .filter((region) => region !== '');
}

export function boardStub(env: Pick<Env, 'ROUTING_BOARD'>, region: string): DurableObjectStub<RoutingBoard> {
  return env.ROUTING_BOARD.get(env.ROUTING_BOARD.idFromName(region));
}

export function createBoardClient(env: Pick<Env, 'ROUTING_BOARD'>, region: string): BoardPort {
  // Plain data crosses unchanged; the platform's mapped types would lose its brands.
  return {
    refill: async (cursor, decisions) =>
      (await boardStub(env, region).refill(cursor, decisions)) as unknown as TableDelta,
  };
}

/** A scrape does not wait longer for a board. */
const STANDING_WAIT_MS = 1_000;

export function createCopyClient(env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>): CopyPort {
  return {
    standings: async () => {
      const asked = boardRegions(env).map(async (region) => {
        const standing = await withinTime(STANDING_WAIT_MS, async () => await boardStub(env, region).copyStanding());
        return standing === null ? [] : [{ region, ...standing }];
      });
      return (await Promise.all(asked)).flat();
    },
  };
}

export function createLiveClient(env: Pick<Env, 'ROUTING_BOARD'>, region: string): LivePort {
  return {
    issueTicket: async (keyId) => await boardStub(env, region).issueTicket(keyId),
    connect: async (request) => await boardStub(env, region).fetch(request),
  };
}
