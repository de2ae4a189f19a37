// Reads a routing question from a body into the domain's own form.
import { asProcessorId } from '../domain/identity.ts';
import { decimalTextOf, isKnownCurrency, toMinor } from '../domain/results/money.ts';
import type { RouteRequest } from '../domain/routing/route-request.ts';
import type { Refusal } from './refusal.ts';
import type { RouteBody } from './schemas/routing.ts';

export interface Question {
  readonly request: RouteRequest;
  readonly warnings: readonly string[];
}
export type Asked = Question | { readonly refused: Refusal };

export function fromBody(body: RouteBody): Asked {
  const amount = amountOf(body);
  if ('reason' in amount) return { refused: amount };
  return {
    request: {
      paymentMethod: body.payment_method,
      country: body.country,
      amountMinor: amount.amountMinor,
      currency: body.currency ?? null,
      ...(body.margin_bps !== undefined && { marginBps: body.margin_bps }),
      bin: body.bin ?? null,
      network: body.network ?? null,
      threeDs: body.three_ds ?? null,
      customerRef: body.customer_ref ?? null,
      paymentId: body.payment_id ?? null,
      credentialKind: body.credential_kind ?? null,
      metadata: body.metadata ?? {},
      eligibleProcessors: body.eligible_processors?.map(asProcessorId) ?? null,
      strategy: body.strategy ?? null,
      actualProcessor: body.actual_processor === undefined ? null : asProcessorId(body.actual_processor),
    },
    warnings: amount.warnings,
  };
}

interface Amount {
  readonly amountMinor: number | null;
  readonly warnings: readonly string[];
}

function amountOf({ amount, amount_minor: amountMinor, currency }: RouteBody): Amount | Refusal {
  if (currency !== undefined && !isKnownCurrency(currency)) return { reason: 'unknown_currency', field: 'currency' };
  if (amount !== undefined && amountMinor !== undefined)
    return badAmount('amount', 'and amount_minor exclude each other');
  if (amountMinor !== undefined) {
    return amountMinor > 0 ? { amountMinor, warnings: [] } : badAmount('amount_minor', 'negative');
  }
  if (amount === undefined) return { amountMinor: null, warnings: [] };
  const text = typeof amount === 'string' ? ({ ok: true, text: amount } as const) : decimalTextOf(amount);
  if (!text.ok) return badAmount('amount', text.reason);
  // The seed's own example names no currency; how many decimals the amount has cannot be known then.
  const read = toMinor(text.text, currency ?? 'USD');
  if (!read.ok && (currency !== undefined || read.reason !== 'too_precise')) return badAmount('amount', read.reason);
  if (currency === undefined) return { amountMinor: null, warnings: ['amount_ignored_without_currency'] };
  return { amountMinor: read.ok ? read.minor : null, warnings: [] };
}

const badAmount = (field: 'amount' | 'amount_minor', detail: string): Refusal => ({
  reason: 'bad_amount',
  field,
  detail,
});
