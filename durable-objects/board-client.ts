// The way to a routing board, for refills and for the live socket.
import type { BoardPort, TableDelta } from '../src/ports/board-port.ts';
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

export function createLiveClient(env: Pick<Env, 'ROUTING_BOARD'>, region: string): LivePort {
  return {
    issueTicket: async (keyId) => await boardStub(env, region).issueTicket(keyId),
    connect: async (request) => await boardStub(env, region).fetch(request),
  };
}
