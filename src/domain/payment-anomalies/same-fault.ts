// Whether two findings may be of one fault: where they are, and of what kind; an outage is none of the silence of a house, nor of its rush.
import { areRelated, scopeParts } from './scope-name.ts';
import type { PaymentIncident } from './incident-book.ts';

/** What one fault shows itself by. Of declines a tester of cards may be the cause, of failures not. */
type Family = 'attack' | 'failures' | 'declines' | 'less' | 'more' | 'amounts';

/** More of the losses than this being technical, they are failures. */
const TECHNICAL_SHARE = 0.5;

type Kin = readonly Family[];
const LOSSES: Kin = ['failures', 'declines'];
const KIN: Readonly<Record<Family, Kin>> = {
  attack: ['attack', 'declines', 'more', 'amounts'],
  failures: LOSSES,
  declines: [...LOSSES, 'attack'],
  less: ['less'],
  more: ['more', 'attack'],
  amounts: ['amounts', 'attack'],
};

type Found = Pick<PaymentIncident, 'kind' | 'scope' | 'evidence'>;

export function areOfKin(one: Pick<Found, 'kind' | 'evidence'>, other: Pick<Found, 'kind' | 'evidence'>): boolean {
  return KIN[familyOf(one)].includes(familyOf(other));
}

/**
 * A processor's own traffic goes with its losses, and what leaves it is found at another. It does not where traffic has changed in the house or
 * a segment: that is a fault of its own.
 */
export function isMovedTraffic(symptoms: readonly Found[], symptom: Found): boolean {
  const { processorId } = scopeParts(symptom.scope);
  const all = [...symptoms, symptom];
  if (all.some((each) => !LOSSES.includes(familyOf(each)) && scopeParts(each.scope).processorId === '*')) return false;
  if (processorId === '*') return false;
  return symptoms.some((each) =>
    scopeParts(each.scope).processorId === processorId
      ? areRelated(each.scope, symptom.scope)
      : areMoved(each, symptom),
  );
}

function areMoved(one: Found, other: Found): boolean {
  const [left, right] = [familyOf(one), familyOf(other)];
  if (scopeParts(one.scope).processorId === '*') return false;
  return (left === 'less' && right === 'more') || (left === 'more' && right === 'less');
}

function familyOf({ kind, evidence }: Pick<Found, 'kind' | 'evidence'>): Family {
  switch (kind) {
    case 'card_testing':
      return 'attack';
    case 'success_drop':
      return Number(evidence['technicalShare'] ?? 0) > TECHNICAL_SHARE ? 'failures' : 'declines';
    case 'decline_mix':
      return 'declines';
    case 'error_mix':
    case 'latency_shift':
      return 'failures';
    case 'volume_drop':
      return 'less';
    case 'volume_spike':
    case 'velocity':
      return 'more';
    case 'amount_shift':
      return 'amounts';
    case 'metric_shift':
      return familyOfSeries(evidence);
  }
}

function familyOfSeries({ metric, observed, usual }: Found['evidence']): Family {
  if (metric !== 'volume') return 'failures';
  return Number(observed) < Number(usual) ? 'less' : 'more';
}
