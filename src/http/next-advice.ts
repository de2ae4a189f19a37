// Reads the question after an ended attempt into the domain's own form, and tells its answer.
import type { z } from '@hono/zod-openapi';
import { asProcessorId } from '../domain/identity.ts';
import type { AskedCredential, AskedNext } from '../flows/next-question.ts';
import { decimalTextOf } from '../domain/results/money.ts';
import type { NextAnswer } from '../flows/advise-next-payment.ts';
import type { NextAnswerBody, NextBody } from './schemas/next-payment.ts';
import { momentOrNull } from './schemas/primitives.ts';
import type { Refusal } from './refusal.ts';
import type { RouteRequest } from '../domain/routing/route-request.ts';

export function askedFrom(
  body: NextBody,
  idempotencyKey: string | null,
): { readonly asked: AskedNext } | { readonly refused: Refusal } {
  const amount = typeof body.amount === 'number' ? decimalTextOf(body.amount) : null;
  if (amount !== null && !amount.ok)
    return { refused: { reason: 'bad_amount', field: 'amount', detail: amount.reason } };
  const text = typeof body.amount === 'string' ? body.amount : null;
  return {
    asked: {
      ...codesOf(body),
      processorId: body.processor_id,
      transactionId: body.transaction_id,
      paymentId: body.payment_id ?? null,
      result: body.result,
      amount: amount?.text ?? text,
      amountMinor: body.amount_minor ?? null,
      currency: body.currency,
      timestamp: body.timestamp ?? null,
      fingerprint: body.credential_fingerprint ?? null,
      credential: credentialOf(body),
      auth: body.auth ?? null,
      remedied: body.remedied,
      attemptsMade: body.attempt,
      hopsMade: body.hops,
      nextTransactionId: body.next_transaction_id ?? null,
      requestId: idempotencyKey,
      force: body.force,
      overrideWhy: body.override?.why ?? null,
      route: routeOf(body),
    },
  };
}

const codesOf = (
  body: NextBody,
): Pick<AskedNext, 'declineCode' | 'networkDeclineCode' | 'adviceCode' | 'network' | 'family' | 'issuerCountry'> => ({
  declineCode: body.decline_code ?? null,
  networkDeclineCode: body.network_decline_code ?? null,
  adviceCode: body.advice_code ?? null,
  network: body.network ?? null,
  family: body.processor_family ?? null,
  issuerCountry: body.issuer_country ?? null,
});

function credentialOf({ credential: { kind, cryptogram } }: NextBody): AskedCredential {
  return kind === 'network_token' || kind === 'device_token' ? { kind, cryptogram } : { kind };
}

/** What processors are registered for: a card that is no token is a `pan` there. */
const kindOf = (kind: AskedCredential['kind']): string | null =>
  kind === 'none' ? null : kind === 'card' ? 'pan' : kind;

const routeOf = (body: NextBody): RouteRequest => ({
  paymentMethod: body.payment_method,
  country: body.country,
  amountMinor: body.amount_minor ?? null,
  currency: body.currency,
  bin: body.bin ?? null,
  network: body.network ?? null,
  threeDs: body.three_ds ?? null,
  customerRef: body.customer_ref ?? null,
  paymentId: body.payment_id ?? null,
  credentialKind: kindOf(body.credential.kind),
  metadata: {},
  eligibleProcessors: body.eligible_processors?.map(asProcessorId) ?? null,
  strategy: null,
  actualProcessor: null,
});

export function adviceJson(
  { advice, reservation, isRepeat, decisionId, warnings }: NextAnswer,
  hashedFields: readonly string[],
): z.output<typeof NextAnswerBody> {
  const { ceiling } = advice;
  return {
    action: advice.action,
    processor: advice.processorId,
    transaction_id: advice.transactionId,
    alternatives: [...advice.alternatives],
    not_before: momentOrNull(advice.notBeforeMs),
    use_by: momentOrNull(reservation?.useByMs ?? null),
    rule_id: advice.ruleId,
    ceiling: ceiling && {
      rule_id: ceiling.ruleId,
      edition: ceiling.edition,
      window_seconds: Math.round(ceiling.windowMs / 1_000),
      max: ceiling.max,
      used: ceiling.used,
      left: ceiling.left,
    },
    hops: { ...advice.hops },
    double_charge_risk: advice.doubleChargeRisk,
    explanation: advice.explanation,
    decision_id: decisionId,
    reservation_id: reservation?.id ?? null,
    repeated: isRepeat,
    processors_excluded: advice.processorsExcluded.map(({ processorId, ruleId }) => ({
      processor_id: processorId,
      rule_id: ruleId,
    })),
    warnings: hashedFields.length > 0 ? [...warnings, 'card_number_hashed'] : [...warnings],
  };
}
