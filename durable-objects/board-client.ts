// The way to a routing board, for refills and for the live socket.
import {
  type BoardRegions,
  type IsolatePlace,
  readBoardRegions,
  regionsFrom,
} from '../src/domain/routing/board-regions.ts';
import { withinTime } from './time-limit.ts';
import type { BoardPort, TableDelta } from '../src/ports/board-port.ts';
import type { CopyPort } from '../src/ports/copy-port.ts';
import type { LivePort } from '../src/ports/live-port.ts';
import type { RoutingBoard } from './routing-board.ts';

/** As read last: what a deployment lists does not change while it runs. */
let listed: { readonly text: string; readonly regions: BoardRegions['regions'] } | null = null;

function regionsOf({ BOARD_REGIONS: text }: Pick<Env, 'BOARD_REGIONS'>): BoardRegions['regions'] {
  if (listed === null || listed.text !== text) listed = { text, regions: readBoardRegions(text).regions };
  return listed.regions;
}

/** By name, home first. */
export const boardRegions = (env: Pick<Env, 'BOARD_REGIONS'>): string[] => regionsOf(env).map(({ name }) => name);

/** By name, the one that serves this place first. */
export function boardRegionsFrom(env: Pick<Env, 'BOARD_REGIONS'>, place: IsolatePlace): [string, ...string[]] {
  const [first, ...others] = regionsFrom(regionsOf(env), place);
  return [first.name, ...others.map(({ name }) => name)];
}

export function boardStub(
  env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>,
  region: string,
): DurableObjectStub<RoutingBoard> {
  const locationHint = regionsOf(env).find(({ name }) => name === region)?.locationHint ?? null;
  return env.ROUTING_BOARD.get(
    env.ROUTING_BOARD.idFromName(region),
    // Where it is to stand; heeded when the board is first called.
    ...(locationHint === null ? [] : [{ locationHint }]),
  );
}

export function createBoardClient(env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>, region: string): BoardPort {
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

export function createLiveClient(env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>, region: string): LivePort {
  return {
    issueTicket: async (keyId) => await boardStub(env, region).issueTicket(keyId),
    connect: async (request) => await boardStub(env, region).fetch(request),
  };
}
