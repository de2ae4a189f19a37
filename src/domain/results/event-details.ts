// What an event tells of its attempt beside the outcome. Where a sender's signature leaves it open, whoever sends an old delivery again may change it, and no ledger of a credential hears of it.
import type { AttemptEvent } from './attempt-event.ts';

export const EVENT_DETAILS = [
  'credentialFingerprint',
  'declineCode',
  'networkDeclineCode',
  'adviceCode',
  'network',
  'issuerCountry',
  'eventTimeMs',
] as const;
export type EventDetail = (typeof EVENT_DETAILS)[number];

/** The event as far as its sender has signed it. */
export function withSignedDetails(event: AttemptEvent, unsigned: readonly EventDetail[]): AttemptEvent {
  return unsigned.reduce((told, name) => ({ ...told, [name]: null }), event);
}
