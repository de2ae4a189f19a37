// What a caller is told of a result, or of an ended attempt, whose meaning is wrong: an unknown processor, an amount that is none.
import type { ItemRefusal } from '../flows/record-results.ts';
import type { Refusal } from './refusal.ts';

interface ItemProblem {
  readonly status: 409 | 422;
  readonly title: string;
  readonly detail: string;
  readonly field: string;
}

export function itemProblem(
  refusal: ItemRefusal | Extract<Refusal, { readonly reason: 'outcome_unknown' }>,
): ItemProblem {
  const field = refusal.reason === 'outcome_unknown' ? 'override' : refusal.field;
  const invalid = (title: string, detail: string): ItemProblem => ({ status: 422, title, detail, field });
  switch (refusal.reason) {
    case 'unknown_processor':
      return invalid(
        'Unknown processor',
        'No processor with this id is registered. Register it with POST /api/v1/processors.',
      );
    case 'unknown_payment_method':
      return invalid('Unknown payment method', 'The processor is not registered for this payment method.');
    case 'unknown_country':
      return invalid('Unknown country', 'The processor is not registered for this country.');
    case 'unknown_currency':
      return invalid(
        'Unknown currency',
        'This is not a currency of ISO 4217, or not one the processor is registered for.',
      );
    case 'bad_amount':
      return invalid('Bad amount', sentenceOf(refusal.detail, refusal.field));
    case 'bad_timestamp':
      return invalid('Bad timestamp', sentenceOf(refusal.detail, refusal.field));
    case 'conflicting_body':
      return {
        ...invalid(
          'Conflicting body',
          'This transaction_id was recorded before with another body. Nothing was changed.',
        ),
        status: 409,
      };
    case 'outcome_unknown':
      return {
        status: 409,
        title: 'Outcome unknown',
        detail:
          'This attempt, or another one of its payment, may still be approved, and a second one would charge the customer twice. Settle it first, or send `override` with the reason: it goes to the audit log.',
        field,
      };
  }
}

/** The readings' reasons of money.ts and event-time.ts, as sentences. */
const SENTENCES: Readonly<Record<string, string>> = {
  not_a_number: 'must be a decimal number such as 150.00',
  negative: 'must be above 0',
  zero: 'must be above 0',
  too_precise: 'has more decimals than its currency',
  too_large: 'is too large',
  not_rfc3339: 'must be RFC 3339 with a zone, e.g. 2026-11-20T12:00:00Z',
  no_zone: 'must name its zone, e.g. end in Z',
  out_of_range: 'is not a moment that exists, from 1970 on',
  ahead: 'may be at most 5 minutes ahead of our clock',
  older_than_horizon: 'may be at most 24 hours back: a repeat of an older result could not be told from a first report',
};

const sentenceOf = (detail: string, field: string): string => `${field} ${SENTENCES[detail] ?? detail}.`;
