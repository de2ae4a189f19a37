// Which experiment a payment belongs to, and in which of its two arms: the same for the same key, for ever.
import { stickyUnit } from './sticky-hash.ts';
import type { Experiment, ExperimentArm, RegisteredExperiment } from '../configuration/configuration.ts';
import type { RouteRequest } from './route-request.ts';

export interface Assignment {
  readonly experiment: Experiment;
  readonly arm: 0 | 1;
  readonly chosen: ExperimentArm;
}

/** The first running experiment whose key the request carries; a payment without the key is in none. A stopped arm's payments get the other one. */
export function assign(experiments: readonly RegisteredExperiment[], request: RouteRequest): Assignment | null {
  for (const experiment of experiments) {
    const key = stickyKey(experiment.stickyBy, request);
    if (key === null) continue;
    const stopped = experiment.run?.stopped ?? null;
    const own = stickyUnit(experiment.id, key) < experiment.shareA ? 0 : 1;
    const arm = stopped === null ? own : stopped.arm === 0 ? 1 : 0;
    return { experiment, arm, chosen: experiment.arms[arm] };
  }
  return null;
}

export const experimentsOf = (
  all: readonly RegisteredExperiment[],
  paymentMethod: string,
  country: string,
): readonly RegisteredExperiment[] =>
  all.filter(
    ({ enabled, paymentMethods, countries }) =>
      enabled &&
      (paymentMethods.length === 0 || paymentMethods.includes(paymentMethod)) &&
      (countries.length === 0 || countries.includes(country)),
  );

/** `customer_ref`, `payment_id` or `metadata.<name>`; `null`: the request does not carry it. */
export function stickyKey(name: string, request: RouteRequest): string | null {
  if (name === 'customer_ref') return request.customerRef;
  if (name === 'payment_id') return request.paymentId;
  if (!name.startsWith(METADATA)) return null;
  const key = name.slice(METADATA.length);
  return Object.hasOwn(request.metadata, key) ? (request.metadata[key] ?? null) : null;
}
const METADATA = 'metadata.';
