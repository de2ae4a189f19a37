// Which issuer declines say nothing of the route: those that name a state of the card or account, which is the same at every processor. Rules: SPEC.md [DCL].
import type { CanonicalResult, ResultKind } from './canonical-result.ts';
import { declineRecordOf } from './declines/decline-tables.ts';
import { networkRegion } from './declines/network-regions.ts';
import type { SpokenBy } from './fault.ts';

/**
 * Lost, stolen, to be picked up, closed, restricted, blocked, replaced, of no issuer, or not permitted to pay so. Not here: what gives no reason
 * (05), a screen for fraud, and what is wrong with the request itself; those differ by who sends it, and how.
 */
export const CARD_STATE_CODES: ReadonlySet<string> = new Set(
  [
    ['visa', '04 07 15 41 43 46 57 62 78'],
    ['mastercard', '79'],
    ['iso8583', '04 07 15 36 41 43 57 62'],
    ['stripe', 'lost_card stolen_card pickup_card restricted_card invalid_account card_not_supported'],
    ['stripe', 'new_account_information_available'],
    ['adyen', '5 blocked_card 23 transaction_not_permitted 25 restricted_card'],
    ['mercado_pago', 'cc_rejected_card_disabled card_disabled'],
    ['payu', 'restricted_card credit_card_not_authorized_for_internet_transactions'],
    ['iso20022', 'ac04 ac05 ag01'],
  ].flatMap(([family, codes]) => codes!.split(' ').map((code) => `${family}:${code}`)),
);

type Teaching = Pick<CanonicalResult, 'teachesApproval'>;

/** To be spread into a result. The network's code goes before the processor's word, as for who is to blame (DCL-8). */
export function teachingOf(
  result: ResultKind,
  declineCode: string | null,
  network: string | null,
  { family, networkCode, issuerCountry = null }: SpokenBy,
): Teaching {
  if (result !== 'declined') return {};
  const speaker = { family, network, region: networkRegion(network, issuerCountry), at: Number.POSITIVE_INFINITY };
  const record = declineRecordOf(networkCode, { ...speaker, family: null }) ?? declineRecordOf(declineCode, speaker);
  return record !== null && CARD_STATE_CODES.has(`${record.family}:${record.code}`) ? { teachesApproval: false } : {};
}
