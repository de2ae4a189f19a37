// Counts the attempts of hours that have changed and judges the decisions of those that are due, for as long as it may. Done again it changes nothing.
import { DAY_MS } from '../domain/analytics/stretch.ts';
import { hoursToJudge, lookedAt } from '../domain/evaluation/judging-times.ts';
import { judgeDecisions, type Surroundings } from '../domain/evaluation/routing-policies.ts';
import { surroundingsOf } from '../domain/evaluation/surroundings.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import type { RollUpPort } from '../ports/analytics-port.ts';

export interface RollUpWorld {
  readonly rollUps: RollUpPort;
  readonly configuration: () => Promise<Pick<Configuration, 'processors'>>;
  readonly now: () => number;
}

export interface RollUpCounts {
  hoursCounted: number;
  rowsCounted: number;
  hoursJudged: number;
  decisionsJudged: number;
}

/** A Worker may ask a thousand times in one run; what is left over is the next run's. */
const HOURS_MAX = 400;
/** Of an hour's decisions; with as many, an interval is as narrow as anyone needs it. */
export const DECISIONS_MAX = 10_000;
const FORETOLD_FROM_MS = 7 * DAY_MS;
const CHOICES_FROM_MS = 28 * DAY_MS;

/** Throws when history is away. `tell` hears of each hour that is done. */
export async function rollUpHistory(
  world: RollUpWorld,
  signal: Pick<AbortSignal, 'aborted'>,
  tell: (counts: RollUpCounts) => void,
): Promise<void> {
  const counts: RollUpCounts = { hoursCounted: 0, rowsCounted: 0, hoursJudged: 0, decisionsJudged: 0 };
  const { rollUps, now } = world;
  tell(counts);
  for (const hourMs of taken(await rollUps.openHours(HOURS_MAX))) {
    if (signal.aborted) return;
    counts.rowsCounted += taken(await rollUps.rollUp(hourMs, now()));
    counts.hoursCounted += 1;
    tell(counts);
  }
  const { processors } = await world.configuration();
  const surroundings = new DaySurroundings(rollUps, processors);
  const due = hoursToJudge(taken(await rollUps.decidedHours(lookedAt(now()))), now());
  for (const hourMs of due) {
    if (signal.aborted) return;
    const decisions = taken(await rollUps.decisionsOf(hourMs, DECISIONS_MAX));
    const judgement = judgeDecisions(decisions, await surroundings.of(hourMs));
    taken(await rollUps.keepJudgement(hourMs, now(), judgement));
    counts.decisionsJudged += decisions.length;
    counts.hoursJudged += 1;
    tell(counts);
  }
}

/** Predictions rest on the days before the hour's own: on none of its own results. Asked for once a day. */
class DaySurroundings {
  readonly #rollUps: RollUpPort;
  readonly #processors: Configuration['processors'];
  readonly #known = new Map<number, Surroundings>();

  constructor(rollUps: RollUpPort, processors: Configuration['processors']) {
    this.#rollUps = rollUps;
    this.#processors = processors;
  }

  async of(hourMs: number): Promise<Surroundings> {
    const dayMs = Math.floor(hourMs / DAY_MS) * DAY_MS;
    const known = this.#known.get(dayMs);
    if (known !== undefined) return known;
    const [records, choices] = await Promise.all([
      this.#rollUps.segmentRecords({ fromMs: dayMs - FORETOLD_FROM_MS, toMs: dayMs }),
      this.#rollUps.merchantChoices({ fromMs: dayMs - CHOICES_FROM_MS, toMs: dayMs + DAY_MS }),
    ]);
    const found = surroundingsOf(this.#processors, taken(records), taken(choices));
    this.#known.set(dayMs, found);
    return found;
  }
}

function taken<Value>(reply: HistoryReply<Value>): Value {
  if (reply.ok) return reply.value;
  const { fault } = reply;
  throw new Error(`history is ${fault.reason}${fault.reason === 'unreachable' ? '' : ` (${fault.code})`}`);
}
