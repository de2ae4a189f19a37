// A processor as the Registry would hold it, with nothing said of it but what is given.
import { asProcessorId } from '../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../src/domain/processor-config.ts';

export type Serving = Pick<RegisteredProcessor, 'paymentMethods' | 'countries'>;

export function registeredProcessor(
  id: string,
  serving: Serving,
  given: Partial<RegisteredProcessor> = {},
): RegisteredProcessor {
  return {
    id: asProcessorId(id),
    name: id,
    enabled: true,
    paymentMethods: [...new Set(serving.paymentMethods)],
    countries: [...new Set(serving.countries)],
    currencies: null,
    amountLimits: [],
    credentialKinds: null,
    feeFixedMinor: 0,
    feeBps: 0,
    maxTps: null,
    maxShare: null,
    minShare: null,
    priority: 0,
    weight: 1,
    breaker: BREAKER_DEFAULTS,
    epoch: 1,
    revision: 1,
    ...given,
  };
}
