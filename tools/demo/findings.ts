// What the demo's sales prove: the shift, the probes, the recovery, the alerts and the money, as numbers a verdict can be given on.
import type { Sale } from './checkout.ts';
import type { Alert, Transition } from './observer.ts';
import { dollarsOf } from './payments.ts';
import type { PhaseName, PhaseRecord } from './phases.ts';
import { OUTAGE } from './simulated-processors.ts';

/** A table is up to a second old, and 45 PIX payments come in a second: the breaker itself needs about ten. */
const SHIFT_PAYMENTS_MAX = 150;
const SHIFTED_PAYMENTS_MIN = 50;
const SUBSTITUTE = 'processor_c';
const UNHURT_SEGMENT = 'CARD|BR';
const PAYMENTS_MIN = 1_100;

export interface Evidence {
  readonly phases: readonly PhaseRecord[];
  /** All alerts opened since the demo began. */
  readonly alerts: readonly Alert[];
  /** Of the failing processor, oldest first. */
  readonly transitions: readonly Transition[];
}

export interface Check {
  readonly name: string;
  readonly isMet: boolean;
  readonly detail: string;
}

export function salesIn(phases: readonly PhaseRecord[], name: PhaseName): readonly Sale[] {
  return phases.find((phase) => phase.name === name)?.sales ?? [];
}

/** Share of a segment's recommendations that went to the processor; 0 where there were none. The table and the verdict both tell it of whole phases. */
export function shareOf(sales: readonly Sale[], segment: string, processor: string): number {
  const inSegment = sales.filter(({ payment }) => payment.segment === segment);
  return inSegment.filter((sale) => sale.processor === processor).length / Math.max(1, inSegment.length);
}

export interface Shift {
  /** Payments of the segment from the start of the outage to the last ordinary one that met the failing processor. */
  readonly payments: number;
  /** Ordinary payments after it, all of which the substitute got. */
  readonly paymentsAfter: number;
  readonly afterMs: number;
}

/** `null`: the traffic never left. */
export function shiftIn(outage: PhaseRecord): Shift | null {
  const ordinary = outage.sales.filter(({ payment, isProbe }) => payment.segment === OUTAGE.segment && !isProbe);
  const last = ordinary.findLastIndex(({ processor }) => processor === OUTAGE.processor);
  const after = ordinary.slice(last + 1);
  if (after.length === 0) return null;
  const lastSale = ordinary[last];
  return {
    payments: last + 1,
    paymentsAfter: after.filter(({ processor }) => processor === SUBSTITUTE).length,
    afterMs: lastSale ? lastSale.recommendedAtMs - outage.startedAtMs : 0,
  };
}

export function dollarsApproved(sales: readonly Sale[], resultOf: (sale: Sale) => string): number {
  return sales.reduce((sum, sale) => sum + (resultOf(sale) === 'approved' ? dollarsOf(sale.payment) : 0), 0);
}

export function checksOf({ phases, alerts, transitions }: Evidence): readonly Check[] {
  return [
    everyPaymentServed(phases),
    shifted(phases),
    unhurt(phases, transitions),
    probed(phases),
    recovered(phases, transitions),
    alertsDue(alerts),
  ];
}

function everyPaymentServed(phases: readonly PhaseRecord[]): Check {
  const failures = phases.flatMap((phase) => phase.failures);
  const sold = phases.reduce((sum, { sales }) => sum + sales.length, 0);
  return {
    name: 'every payment got a recommendation and every result was recorded',
    isMet: failures.length === 0 && sold > PAYMENTS_MIN,
    detail: `${sold} payments, ${failures.length} failures${failures[0] ? `, the first: ${failures[0]}` : ''}`,
  };
}

function shifted(phases: readonly PhaseRecord[]): Check {
  const outage = phases.find(({ name }) => name === 'outage');
  const shift = outage ? shiftIn(outage) : null;
  return {
    name: `PIX/BR moved to ${SUBSTITUTE}`,
    isMet: shift !== null && shift.payments <= SHIFT_PAYMENTS_MAX && shift.paymentsAfter >= SHIFTED_PAYMENTS_MIN,
    detail: shift
      ? `after ${shift.payments} PIX payments, ${seconds(shift.afterMs)} into the outage (at most ${SHIFT_PAYMENTS_MAX}); the ${shift.paymentsAfter} after it stayed there`
      : `${OUTAGE.processor} still had it when the outage ended`,
  };
}

function unhurt(phases: readonly PhaseRecord[], transitions: readonly Transition[]): Check {
  const tripped = transitions.filter(({ scope }) => scope !== OUTAGE.segment);
  const before = shareOf(salesIn(phases, 'normal'), UNHURT_SEGMENT, OUTAGE.processor);
  const during = shareOf(salesIn(phases, 'outage'), UNHURT_SEGMENT, OUTAGE.processor);
  return {
    name: `${OUTAGE.processor} kept its CARD traffic, breaker CLOSED`,
    isMet: tripped.length === 0 && during > 0 && during >= before / 2,
    detail:
      tripped.length === 0
        ? `${percent(during)} of CARD/BR during the outage, ${percent(before)} before`
        : `the breaker of ${tripped.map(({ scope }) => scope).join(', ')} moved too`,
  };
}

function probed(phases: readonly PhaseRecord[]): Check {
  const probesIn = (name: PhaseName): number =>
    salesIn(phases, name).filter(({ isProbe, processor }) => isProbe && processor === OUTAGE.processor).length;
  const [outage, recovery] = [probesIn('outage'), probesIn('recovery')];
  return {
    name: 'the half-open breaker let probes through',
    isMet: outage > 0 && recovery > 0,
    detail: `${outage} during the outage, ${recovery} during the recovery`,
  };
}

function recovered(phases: readonly PhaseRecord[], transitions: readonly Transition[]): Check {
  const state = transitions.findLast(({ scope }) => scope === OUTAGE.segment)?.to ?? 'never opened';
  const before = shareOf(salesIn(phases, 'normal'), OUTAGE.segment, OUTAGE.processor);
  const now = shareOf(salesIn(phases, 'normal again'), OUTAGE.segment, OUTAGE.processor);
  return {
    name: `${OUTAGE.processor} came back`,
    isMet: state === 'CLOSED' && before > 0 && now >= before / 2,
    detail: `breaker ${state}; ${percent(now)} of PIX/BR when normal again, ${percent(before)} before (at least half of it)`,
  };
}

function alertsDue(alerts: readonly Alert[]): Check {
  const [first] = alerts;
  return {
    name: 'one outage raised one alert',
    isMet: alerts.length === 1 && first?.processor_id === OUTAGE.processor && first.segment === OUTAGE.segment,
    detail:
      alerts.length === 0
        ? 'none'
        : alerts.map(({ processor_id, segment, kind }) => `${processor_id} ${segment} ${kind}`).join('; '),
  };
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
