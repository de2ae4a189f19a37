// A small world for policies' tests: payments one after the other in one segment, results as the test says.
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../../../lab/policy.ts';
import { stream } from '../../../lab/simulator/random.ts';

export function madeWorld(arms: number, transactions = 40_000): World {
  const indices = Array.from({ length: arms }, (_, arm) => arm);
  return {
    arms: indices.map((arm) => ({ id: `arm_${arm}`, feeFixedMinor: 0, feeBps: 0, maxTps: null })),
    segments: [
      { paymentMethod: 'CARD', country: 'BR', currency: 'BRL' },
      { paymentMethod: 'PIX', country: 'BR', currency: 'BRL' },
    ],
    eligible: [indices, indices],
    transactions,
    seed: 7,
  };
}

type Told = Partial<Pick<Feedback, 'latencyMs' | 'costMinor' | 'reportedAtMs'>>;

/** A policy under test with its clock, its dice and its count of payments. */
export class Trial {
  readonly policy: Policy;
  readonly arms: readonly number[];
  now = 0;
  segment = 0;
  readonly #draw = stream(11);
  #payments = 0;

  constructor(entry: Pick<PolicyEntry, 'create'>, arms = 2) {
    const world = madeWorld(arms);
    this.policy = entry.create(world);
    this.arms = world.eligible[0]!;
  }

  choose(): Choice {
    return this.policy.choose(this.payment(), this.arms, this.#draw);
  }

  /** The arms of that many choices in a row, nothing learned in between. */
  chosen(count: number): number[] {
    return Array.from({ length: count }, () => this.choose().arm);
  }

  tell(arm: number, outcomes: readonly Feedback['outcome'][], told: Told = {}): void {
    for (const outcome of outcomes)
      this.policy.learn({
        payment: this.payment(),
        arm,
        propensity: 1,
        outcome,
        reportedAtMs: this.now,
        latencyMs: 0,
        costMinor: 0,
        ...told,
      });
  }

  payment(): Payment {
    return { index: this.#payments++, atMs: this.now, segment: this.segment, amountMinor: 1_000, attempt: 1 };
  }
}

/** Outcomes by letter: A approved, D declined, E error, T timeout; a number repeats what follows it. */
export function outcomes(text: string): Feedback['outcome'][] {
  const words = { A: 'approved', D: 'declined', E: 'error', T: 'timeout' } as const;
  return [...text.matchAll(/(\d*)([ADET])/g)].flatMap(([, count, letter]) =>
    Array.from({ length: Number(count || '1') }, () => words[letter as keyof typeof words]),
  );
}

/** Shares of the arms in what a policy chose. */
export function sharesOf(arms: number, chosen: readonly number[]): number[] {
  return Array.from({ length: arms }, (_, arm) => chosen.filter((one) => one === arm).length / chosen.length);
}
