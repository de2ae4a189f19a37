// AegisPay's three ready-made rules as data: what a merchant would otherwise write by hand, open to change afterwards.
import type { ProcessorId } from '../identity.ts';
import type { Rule } from '../configuration/configuration.ts';

/** Where a ready-made rule applies and which place it takes; empty lists mean any. */
export interface PrebuiltScope {
  readonly id: string;
  readonly priority: number;
  readonly paymentMethods: readonly string[];
  readonly countries: readonly string[];
  readonly currencies: readonly string[];
}

/** Payments from `amountMin` (major units) go to the processor with the best authorization rate, without exploration. */
export function createHighValueRule(scope: PrebuiltScope, amountMin: number): Rule {
  return {
    ...scope,
    name: `High value from ${amountMin}`,
    enabled: true,
    condition: `amount >= ${amountMin.toFixed(4)}`,
    when: null,
    action: { kind: 'strategy', strategy: 'techcart' },
  };
}

/** Leaves out those of `processors` whose 95th percentile is slower than `p95MsMax`, while others remain. */
export function createLowLatencyRule(scope: PrebuiltScope, processors: readonly ProcessorId[], p95MsMax: number): Rule {
  return {
    ...scope,
    name: `Low latency below ${p95MsMax} ms`,
    enabled: true,
    condition: null,
    when: { latencyP95MsAbove: p95MsMax },
    action: { kind: 'exclude', processors },
  };
}

/** Leaves out those of `processors` whose expected fee is above `costMinorMax`, while others remain. */
export function createCostOptimizationRule(
  scope: PrebuiltScope,
  processors: readonly ProcessorId[],
  costMinorMax: number,
): Rule {
  return {
    ...scope,
    name: `Cost up to ${costMinorMax} minor units`,
    enabled: true,
    condition: null,
    when: { costMinorAbove: costMinorMax },
    action: { kind: 'exclude', processors },
  };
}
