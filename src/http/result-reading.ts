// Reads reported results by their schema, each for itself, and hands them in.
import { decimalTextOf } from '../domain/results/money.ts';
import type { IncomingResult } from '../flows/record-results.ts';
import { ITEMS_MAX } from './input-bounds.ts';
import type { Refusal } from './refusal.ts';
import { type AnswerToAll, type AnswerToOne, type Intake, pathOf, recordAllRead, recordRead } from './result-intake.ts';
import { TransactionInput } from './schemas/transactions.ts';
import { invalidRequest } from './validation.ts';

export async function recordOne(intake: Intake, body: unknown): Promise<AnswerToOne> {
  const item = incomingOf(body, 'body', 0);
  return 'reason' in item ? { refused: item } : await recordRead(intake, item);
}

export async function recordBatch(intake: Intake, items: unknown): Promise<AnswerToAll> {
  if (!Array.isArray(items) || items.length === 0) return { refused: notAList };
  if (items.length > ITEMS_MAX)
    return { refused: { reason: 'too_many_items', field: 'transactions', itemsMax: ITEMS_MAX } };
  const read = items.map((item: unknown, index) => {
    return intake.cardItems.get(index) ?? incomingOf(item, pathOf(index), index);
  });
  return await recordAllRead(intake, read);
}

const notAList: Refusal = {
  reason: 'invalid_request',
  errors: [{ field: 'transactions', code: 'invalid_field', message: `must be a list of 1 to ${ITEMS_MAX} results` }],
};

/** `whole`: what the item itself is called where none of its fields is at fault. */
function incomingOf(body: unknown, whole: string, position: number): IncomingResult | Refusal {
  const parsed = TransactionInput.safeParse(body);
  if (!parsed.success) return invalidRequest(parsed.error, { value: body, whole });
  const item = parsed.data;
  const amount = decimalOf(item.amount, 'amount');
  if (typeof amount === 'object' && amount !== null) return amount;
  const fee = decimalOf(item.fee, 'fee');
  if (typeof fee === 'object' && fee !== null) return fee;
  return {
    processorId: item.processor_id,
    result: item.result,
    paymentMethod: item.payment_method,
    country: item.country,
    amount,
    amountMinor: item.amount_minor ?? null,
    currency: item.currency,
    transactionId: item.transaction_id ?? null,
    decisionId: item.decision_id ?? null,
    declineCode: item.decline_code ?? null,
    latencyMs: item.latency_ms ?? null,
    fee,
    timestamp: item.timestamp ?? null,
    attempt: item.attempt,
    network: item.network ?? null,
    networkDeclineCode: item.network_decline_code ?? null,
    adviceCode: item.advice_code ?? null,
    family: item.processor_family ?? null,
    issuerCountry: item.issuer_country?.toUpperCase() ?? null,
    paymentId: item.payment_id ?? null,
    credentialFingerprint: item.credential_fingerprint ?? null,
    customerRef: item.customer_ref ?? null,
    bin: item.bin ?? null,
    initiator: item.initiator ?? null,
    threeDs: item.three_ds ?? null,
    position,
  };
}

function decimalOf(amount: number | string | undefined, field: 'amount' | 'fee'): string | null | Refusal {
  if (amount === undefined || typeof amount === 'string') return amount ?? null;
  const read = decimalTextOf(amount);
  return read.ok ? read.text : { reason: 'bad_amount', field, detail: read.reason };
}
