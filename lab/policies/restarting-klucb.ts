// klUCB that a change detector starts anew: the frame that GLR-klUCB, CUSUM-klUCB and M-klUCB fill.
import { anyOf, booksOf, certain, drawnBest } from './best-arm.ts';
import { klIndex, type Tally } from './klucb.ts';
import type { Alarm, Choice, Feedback, Payment, Policy, World } from '../policy.ts';

/** Watches one arm in one segment. */
export interface ChangeDetector {
  /** True if the arm has changed. */
  sees(approved: boolean): boolean;
  restart(): void;
}

/**
 * Which choices are forced so that a change of an idle arm is seen: by the clock, every arm once in arms / rate choices; by the dice, a draw over all.
 */
export type Exploration = { readonly by: 'clock' | 'dice'; readonly rate: number };

export interface RestartRule {
  /** After an alarm: that arm alone, or all arms of the segment. */
  readonly restarts: 'arm' | 'all';
  readonly exploration: Exploration;
  /** f(t) of the index: t since the arm's own restart (ln t, or ln t + 3 ln ln t), or all that the arms remember (ln t). */
  readonly bound: 'log-since-restart' | 'log-and-loglog-since-restart' | 'log-of-remembered';
  readonly detector: () => ChangeDetector;
}

interface Arm {
  readonly tally: Tally;
  readonly detector: ChangeDetector;
  /** Outcomes of the segment when it was last started anew. */
  startedAt: number;
}

interface Progress {
  choices: number;
  outcomes: number;
}

export class RestartingKlUcb implements Policy {
  readonly #rule: RestartRule;
  readonly #arms: readonly (readonly Arm[])[];
  readonly #progress: readonly Progress[];
  readonly #alarms: Alarm[] = [];

  constructor(world: World, rule: RestartRule) {
    this.#rule = rule;
    this.#arms = booksOf(world, () => ({
      tally: { trials: 0, approved: 0 },
      detector: rule.detector(),
      startedAt: 0,
    }));
    this.#progress = world.segments.map(() => ({ choices: 0, outcomes: 0 }));
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const { by, rate } = this.#rule.exploration;
    const progress = this.#progress[payment.segment]!;
    const turn = progress.choices++;
    if (by === 'clock' && rate > 0) {
      const place = turn % Math.max(eligible.length, Math.floor(eligible.length / rate));
      if (place < eligible.length) return { ...certain(eligible[place]!), probe: true };
    }
    const arms = this.#arms[payment.segment]!;
    const best = drawnBest(eligible, this.#indexIn(arms, eligible, progress.outcomes), draw);
    if (by === 'clock') return best;
    const explored = rate / eligible.length;
    if (draw() >= rate) return { ...best, propensity: (1 - rate) * best.propensity + explored };
    const arm = anyOf(eligible, draw);
    const led = arm === best.arm;
    return { arm, propensity: explored + (led ? (1 - rate) * best.propensity : 0), probe: !led };
  }

  #indexIn(arms: readonly Arm[], eligible: readonly number[], outcomes: number): (arm: number) => number {
    const slack = this.#rule.bound === 'log-and-loglog-since-restart' ? 3 : 0;
    if (this.#rule.bound !== 'log-of-remembered')
      return (arm) => klIndex(arms[arm]!.tally, boundAfter(outcomes - arms[arm]!.startedAt, slack));
    let remembered = 0;
    for (const arm of eligible) remembered += arms[arm]!.tally.trials;
    const exploration = boundAfter(remembered, slack);
    return (arm) => klIndex(arms[arm]!.tally, exploration);
  }

  learn({ payment, arm, outcome, reportedAtMs }: Feedback): void {
    const progress = this.#progress[payment.segment]!;
    const arms = this.#arms[payment.segment]!;
    const { tally, detector } = arms[arm]!;
    progress.outcomes += 1;
    tally.trials += 1;
    if (outcome === 'approved') tally.approved += 1;
    if (!detector.sees(outcome === 'approved')) return;
    this.#alarms.push({ atMs: reportedAtMs, arm, segments: [payment.segment] });
    if (this.#rule.restarts === 'arm') restart(arms[arm]!, progress.outcomes);
    else {
      for (const each of arms) restart(each, progress.outcomes);
      progress.choices = 0;
    }
  }

  alarms(): readonly Alarm[] {
    return this.#alarms;
  }
}

function boundAfter(steps: number, slack: number): number {
  const log = Math.log(Math.max(1, steps));
  return slack > 0 && log > 1 ? log + slack * Math.log(log) : log;
}

function restart(arm: Arm, outcomes: number): void {
  arm.tally.trials = 0;
  arm.tally.approved = 0;
  arm.detector.restart();
  arm.startedAt = outcomes;
}
