// Small scenarios for the lab's tests, and policies that do one thing.
import { parseScenario, type Scenario } from '../../lab/scenario-file.ts';
import type { Feedback, Payment, PolicyEntry } from '../../lab/policy.ts';

export const CLASSIC = {
  id: 'classic',
  seed: 3,
  transactions: 2_000,
  arrivalsPerSecond: 10,
  processors: [
    { id: 'a', approvalRate: 0.93 },
    { id: 'b', approvalRate: 0.9 },
    { id: 'c', approvalRate: 0.86 },
  ],
};

export function scenarioOf(given: object = {}): Scenario {
  const reading = parseScenario({ ...CLASSIC, ...given });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.scenario;
}

/** Always the processor of this name where it is eligible, else the first. */
export function always(id: string): PolicyEntry {
  return {
    id: `always-${id}`,
    source: 'a test',
    create: ({ arms }) => ({
      choose: (_payment, eligible) => ({
        arm: eligible.find((arm) => arms[arm]!.id === id) ?? eligible[0]!,
        propensity: 1,
        probe: false,
      }),
      learn: () => undefined,
    }),
  };
}

export interface Heard {
  /** What was known before each choice: payments seen so far by `choose`, and the result. */
  readonly told: { readonly afterPayments: number; readonly atMs: number; readonly feedback: Feedback }[];
  readonly asked: {
    readonly payment: Payment;
    readonly eligible: readonly number[];
    readonly ids: readonly string[];
  }[];
}

/** Sends everything to one processor and writes down what it hears. */
export function listening(id: string): { readonly entry: PolicyEntry; readonly heard: Heard } {
  const heard: Heard = { told: [], asked: [] };
  const base = always(id);
  const entry: PolicyEntry = {
    ...base,
    create: (world) => {
      const inner = base.create(world);
      return {
        choose: (payment, eligible, draw) => {
          heard.asked.push({ payment, eligible, ids: eligible.map((arm) => world.arms[arm]!.id) });
          return inner.choose(payment, eligible, draw);
        },
        learn: (feedback) => {
          const atMs = heard.asked.at(-1)?.payment.atMs ?? 0;
          heard.told.push({ afterPayments: heard.asked.length, atMs, feedback });
        },
      };
    },
  };
  return { entry, heard };
}
