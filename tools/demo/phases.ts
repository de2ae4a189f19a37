// The four acts of TechCart's outage: when each ends, and what is remembered of it.
import { type CheckoutOptions, runCheckout, type Sale } from './checkout.ts';
import type { Observer, ProcessorHealth } from './observer.ts';
import { OUTAGE } from './simulated-processors.ts';

export type PhaseName = 'normal' | 'outage' | 'recovery' | 'normal again';

export interface PhaseRecord {
  readonly name: PhaseName;
  readonly title: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly sales: readonly Sale[];
  readonly failures: readonly string[];
  /** As the API told it when the phase ended. */
  readonly health: readonly ProcessorHealth[];
}

interface Phase {
  readonly name: PhaseName;
  readonly title: string;
  readonly isOutage: boolean;
  readonly paymentsMin: number;
  /** Given up here; the verdict will say why. */
  readonly paymentsMax: number;
  /** What the phase waits for beyond its minimum. */
  readonly hasHappened: (seen: Seen) => boolean;
}

interface Seen {
  readonly probes: number;
  readonly breaker: string;
}

const PHASES: readonly Phase[] = [
  {
    name: 'normal',
    title: 'Normal: everyone is well',
    isOutage: false,
    paymentsMin: 450,
    paymentsMax: 450,
    hasHappened: () => true,
  },
  {
    name: 'outage',
    title: `Outage: ${OUTAGE.processor} answers 90% of PIX/BR with errors`,
    isOutage: true,
    paymentsMin: 450,
    paymentsMax: 1_500,
    hasHappened: ({ probes }) => probes > 0,
  },
  {
    name: 'recovery',
    title: `Recovery: ${OUTAGE.processor} is repaired, nobody is told`,
    isOutage: false,
    paymentsMin: 100,
    paymentsMax: 2_000,
    hasHappened: ({ breaker }) => breaker === 'CLOSED',
  },
  {
    name: 'normal again',
    title: 'Normal again',
    isOutage: false,
    paymentsMin: 500,
    paymentsMax: 500,
    hasHappened: () => true,
  },
];

export interface Progress {
  readonly phase: PhaseName;
  readonly payments: number;
  /** Of the whole demo, 0-1; an estimate while a phase waits for something. */
  readonly done: number;
  readonly breaker: string;
}

const EXPECTED_PAYMENTS = PHASES.reduce((sum, { paymentsMin }) => sum + paymentsMin, 0);

export async function playPhases(
  options: CheckoutOptions,
  observer: Observer,
  onProgress: (progress: Progress) => void,
): Promise<readonly PhaseRecord[]> {
  const records: PhaseRecord[] = [];
  let number = 0;
  let expected = 0;
  for (const phase of PHASES) {
    const startedAtMs = Date.now();
    let probes = 0;
    let payments = 0;
    const breaker = (): string => observer.breakerOf(OUTAGE.processor, OUTAGE.segment);
    const { sales, failures } = await runCheckout(options, {
      firstNumber: number,
      isOutage: phase.isOutage,
      isOver: (begun) =>
        begun >= phase.paymentsMax || (begun >= phase.paymentsMin && phase.hasHappened({ probes, breaker: breaker() })),
      onSale: (sale) => {
        payments++;
        if (sale.isProbe && sale.processor === OUTAGE.processor) probes++;
        const done = (expected + Math.min(payments, phase.paymentsMin)) / EXPECTED_PAYMENTS;
        onProgress({ phase: phase.name, payments: number + payments, done, breaker: breaker() });
      },
    });
    number += sales.length + failures.length;
    expected += phase.paymentsMin;
    const health = await observer.refresh();
    const { name, title } = phase;
    records.push({ name, title, startedAtMs, endedAtMs: Date.now(), sales, failures, health });
  }
  return records;
}
