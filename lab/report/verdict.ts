// Whether `learned` keeps what was promised of it in a scenario, and over all of them.
import { meanOf } from './statistics.ts';
import type { PolicyReport, ScenarioReport } from './scenario-report.ts';

export interface ScenarioVerdict {
  readonly id: string;
  readonly met: boolean;
  /** What was asked, in words. */
  readonly asked: string;
  readonly learnedPp: number;
  /** The peer that lost least. */
  readonly bestPeer: string;
  readonly bestPeerPp: number;
  /** Peers that are not worse by the paired interval; empty in scenarios in which that is not asked. */
  readonly unbeaten: readonly string[];
  /** The classic four have a number of their own. */
  readonly target: {
    readonly limitPp: number;
    readonly goalPp: number;
    readonly met: boolean;
    readonly goalMet: boolean;
  } | null;
}

const OURS = 'learned';
/** By how much the best peer may lose less where no rate changes, in percentage points. */
const ALLOWANCE_PP = { 'stationary': 0.1, 'newcomers': 0.1, 'close call': 0.2 } as const;
const CLASSIC_TARGETS_PP: ReadonlyMap<string, readonly [limit: number, goal: number]> = new Map([
  ['classic-stationary', [0.2, 0.15]],
  ['classic-outage', [0.6, 0.5]],
  ['classic-brown-out', [0.4, 0.35]],
  ['classic-drift', [0.75, 0.6]],
]);

/** `null` without `learned` or without any peer. */
export function verdictOf({ id, kind, policies }: ScenarioReport): ScenarioVerdict | null {
  const ours = policies.find(({ policy }) => policy === OURS);
  const peers = policies.filter(({ policy }) => policy !== OURS);
  const best = peers.toSorted((left, right) => left.regretPp.mean - right.regretPp.mean)[0];
  if (ours === undefined || best === undefined) return null;
  const learnedPp = ours.regretPp.mean;
  const told = {
    id,
    learnedPp,
    bestPeer: best.policy,
    bestPeerPp: best.regretPp.mean,
    target: targetOf(id, learnedPp),
  };
  if (kind !== 'non-stationary') {
    const allowance = ALLOWANCE_PP[kind];
    const asked = `at most ${allowance.toFixed(2)} above the best peer`;
    return { ...told, asked, met: learnedPp <= best.regretPp.mean + allowance, unbeaten: [] };
  }
  const unbeaten = peers.filter((peer) => !isBeaten(peer)).map(({ policy }) => policy);
  return { ...told, asked: 'below every peer, paired 95% interval', met: unbeaten.length === 0, unbeaten };
}

/** An interval that a single seed cannot give proves nothing. */
function isBeaten({ learnedMinusThisPp: paired }: PolicyReport): boolean {
  return paired !== null && paired.high !== null && paired.high < 0;
}

/** `learned` and the peers that lose more in the mean where it has to beat them, though the interval does not tell yet: more runs may. */
export function undecided({ kind, policies }: ScenarioReport): string[] {
  if (kind !== 'non-stationary') return [];
  const peers = policies.filter((peer) => (peer.learnedMinusThisPp?.mean ?? 0) < 0 && !isBeaten(peer));
  return peers.length === 0 ? [] : [OURS, ...peers.map(({ policy }) => policy)];
}

function targetOf(id: string, learnedPp: number): ScenarioVerdict['target'] {
  const target = CLASSIC_TARGETS_PP.get(id);
  if (target === undefined) return null;
  const [limitPp, goalPp] = target;
  return { limitPp, goalPp, met: learnedPp <= limitPp, goalMet: learnedPp <= goalPp };
}

export interface Standing {
  readonly policy: string;
  readonly meanPp: number;
  /** The least of any scenario. */
  readonly seeds: number;
  /** By scenario; `null` where it did not run. */
  readonly regretsPp: readonly (number | null)[];
}

/** Mean regret over all scenarios, least first. */
export function standings(reports: readonly ScenarioReport[]): Standing[] {
  const policies = [...new Set(reports.flatMap((report) => report.policies.map(({ policy }) => policy)))];
  return policies
    .map((policy): Standing => {
      const own = reports.map((report) => report.policies.find((each) => each.policy === policy) ?? null);
      const told = own.filter((each) => each !== null);
      return {
        policy,
        meanPp: meanOf(told.map(({ regretPp }) => regretPp.mean)),
        seeds: Math.min(...told.map(({ seeds }) => seeds)),
        regretsPp: own.map((each) => each?.regretPp.mean ?? null),
      };
    })
    .sort((left, right) => left.meanPp - right.meanPp);
}
