// Whether a processor may take this payment at all; health, breakers and rules are looked at afterwards.
import type { Exclusion, RouteRequest } from './route-request.ts';
import type { RegisteredProcessor } from '../processor-config.ts';

/** What holds for every payment of a segment, whatever its amount or card: told once when the table is compiled. */
export function segmentExclusion(
  processor: RegisteredProcessor,
  paymentMethod: string,
  country: string,
): Exclusion | null {
  const { id: processorId, paymentMethods, countries } = processor;
  if (!processor.enabled) return { processorId, reason: 'disabled', by: null, detail: 'The processor is disabled' };
  if (!paymentMethods.includes(paymentMethod)) {
    return { processorId, reason: 'payment_method', by: null, detail: `It does not take ${paymentMethod}` };
  }
  if (!countries.includes(country)) {
    return { processorId, reason: 'country', by: null, detail: `It does not serve ${country}` };
  }
  return null;
}

/** What this payment asks beyond its segment. A field that the request leaves out excludes nobody. */
export function requestExclusion(processor: RegisteredProcessor, request: RouteRequest): Exclusion | null {
  const { id: processorId, currencies, credentialKinds } = processor;
  const { currency, credentialKind, eligibleProcessors } = request;
  if (eligibleProcessors !== null && !eligibleProcessors.includes(processorId)) {
    return { processorId, reason: 'not_offered', by: null, detail: 'The request does not offer it' };
  }
  if (currency !== null && currencies !== null && !currencies.includes(currency)) {
    return { processorId, reason: 'currency', by: null, detail: `It does not take ${currency}` };
  }
  if (credentialKind !== null && credentialKinds !== null && !credentialKinds.includes(credentialKind)) {
    return {
      processorId,
      reason: 'credential_kind',
      by: null,
      detail: `It does not take a ${credentialKind} credential`,
    };
  }
  return amountExclusion(processor, request);
}

/** Limits are per currency: an amount without a currency, or in one without a limit, is not held against any. */
function amountExclusion(processor: RegisteredProcessor, { amountMinor, currency }: RouteRequest): Exclusion | null {
  if (amountMinor === null || currency === null) return null;
  for (const limit of processor.amountLimits) {
    if (limit.currency !== currency) continue;
    const tooSmall = amountMinor < limit.minMinor;
    if (!tooSmall && (limit.maxMinor === null || amountMinor <= limit.maxMinor)) continue;
    const bound = tooSmall ? `below its minimum of ${limit.minMinor}` : `above its maximum of ${limit.maxMinor}`;
    const detail = `${amountMinor} is ${bound} ${currency} minor units`;
    return { processorId: processor.id, reason: 'amount', by: null, detail };
  }
  return null;
}
