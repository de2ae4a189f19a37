// Mappings for producers whose events are known: APOS's own event, Hyperswitch's attempt event, and the words of Signalbox's API.
import { type StreamMapping, StreamMappingSchema } from './stream-mapping.ts';

export interface KnownMapping {
  readonly name: string;
  /** What it was written from, with the date of reading. */
  readonly sources: readonly string[];
  readonly mapping: StreamMapping;
}

const PAYLOAD_FIELDS = ['payload', 'data', 'event', 'message'];

/**
 * What a gateway says when nobody has answered, or says nothing that can be relied on: the request was sent, and may have been carried out.
 * Mastercard Send and bePaid ask to find out after any 5xx (their docs, read 2026-10).
 */
const UNANSWERED = [
  'timeout timed_out gateway_timeout request_timeout connector_timeout connection_timeout read_timeout network_timeout',
  'etimedout esockettimedout econnreset connection_reset bad_gateway service_unavailable internal_server_error',
  '500 502 503 504 520 521 522 523 524 5xx http_500 http_502 http_503 http_504',
].flatMap((words) => words.split(' '));

const APOS: KnownMapping = {
  name: 'apos',
  sources: [
    'APOS (autonomous orchestrator for Hyperswitch): README, section Event Monitor, 2025-11-18',
    'APOS: PaymentEvent and EventType of its published type definitions, read 2026-11-21',
  ],
  mapping: StreamMappingSchema.parse({
    payloadFields: PAYLOAD_FIELDS,
    fields: {
      eventId: ['event_id'],
      eventType: ['event_type'],
      kind: ['event_type'],
      // One payment may have several attempts; where the producer names them, they are kept apart.
      attemptKey: ['metadata.attempt_id', 'payment_id'],
      transactionId: ['metadata.signalbox_transaction', 'metadata.transaction_id'],
      decisionToken: ['metadata.signalbox_decision', 'metadata.decision_id'],
      connectorName: ['connector'],
      paymentMethod: ['payment_method'],
      country: ['metadata.country'],
      amount: ['amount'],
      currency: ['currency'],
      declineCode: ['error_code'],
      networkDeclineCode: ['metadata.network_decline_code'],
      adviceCode: ['metadata.network_advice_code', 'metadata.advice_code'],
      network: ['metadata.card_network'],
      eventTime: ['timestamp'],
      latencyMs: ['metadata.latency_ms'],
      credentialFingerprint: ['metadata.credential_fingerprint', 'metadata.fingerprint'],
      issuerCountry: ['metadata.issuer_country'],
    },
    kinds: {
      payment_created: 'pending',
      payment_requires_action: 'pending',
      payment_succeeded: 'authorised',
      payment_failed: 'declined',
      connector_failure: 'error',
      refund_succeeded: 'refunded',
      refund_created: 'ignored',
      refund_failed: 'ignored',
      fraud_detected: 'ignored',
      anomaly_detected: 'ignored',
      health_check: 'ignored',
      resource_scaling: 'ignored',
    },
    // APOS names no code of its own for it: whichever word its connector has.
    failureKinds: Object.fromEntries(UNANSWERED.map((word) => [word, 'unknown'])),
    amountUnit: 'minor',
    timeUnit: 'rfc3339',
  }),
};

const HYPERSWITCH: KnownMapping = {
  name: 'hyperswitch',
  sources: [
    'juspay/hyperswitch: crates/router/src/services/kafka/payment_attempt_event.rs and services/kafka.rs, read 2026-11-21',
    'juspay/hyperswitch: AttemptStatus of crates/common_enums, read 2026-11-21',
  ],
  mapping: StreamMappingSchema.parse({
    payloadFields: PAYLOAD_FIELDS,
    fields: {
      eventType: ['status', 'log.status'],
      kind: ['status', 'log.status'],
      attemptKey: ['attempt_id', 'log.attempt_id'],
      connectorName: ['connector', 'log.connector'],
      transactionId: ['metadata.signalbox_transaction', 'log.metadata.signalbox_transaction'],
      decisionToken: ['metadata.signalbox_decision', 'log.metadata.signalbox_decision'],
      paymentMethod: ['payment_method_type', 'log.payment_method_type', 'payment_method', 'log.payment_method'],
      amount: ['net_amount', 'log.net_amount', 'amount', 'log.amount'],
      currency: ['currency', 'log.currency'],
      declineCode: ['error_code', 'log.error_code', 'unified_code', 'log.unified_code'],
      networkDeclineCode: ['network_decline_code', 'log.network_decline_code'],
      adviceCode: ['network_advice_code', 'log.network_advice_code'],
      network: ['card_network', 'log.card_network'],
      eventTime: ['modified_at', 'log.modified_at'],
      credentialFingerprint: ['fingerprint_id', 'log.fingerprint_id'],
    },
    // `pay_1_1` is the first attempt of `pay_1`, which webhooks call `pay_1`.
    attemptKeyEnding: '_1',
    kinds: {
      authorized: 'authorised',
      charged: 'authorised',
      partial_charged: 'authorised',
      partially_authorized: 'authorised',
      partial_charged_and_chargeable: 'authorised',
      // Captured or not, the issuer said yes: what fails afterwards is not the attempt.
      capture_initiated: 'authorised',
      capture_failed: 'authorised',
      void_initiated: 'authorised',
      void_failed: 'authorised',
      authentication_failed: 'declined',
      authorization_failed: 'declined',
      failure: 'declined',
      // Refused before any processor was asked.
      router_declined: 'ignored',
      integrity_failure: 'unknown',
      unresolved: 'unknown',
      voided: 'voided',
      voided_post_charge: 'voided',
      auto_refunded: 'refunded',
      expired: 'abandoned',
      started: 'pending',
      pending: 'pending',
      authorizing: 'pending',
      authentication_pending: 'pending',
      authentication_successful: 'pending',
      payment_method_awaited: 'pending',
      confirmation_awaited: 'pending',
      device_data_collection_pending: 'pending',
      cod_initiated: 'pending',
    },
    // Hyperswitch calls an attempt failed when its connector did not answer; the connector may have charged all the same.
    failureKinds: { timeout: 'unknown' },
    // The former state of a row, sent along to be subtracted from a column store: it already came once.
    ignoredWhere: { 'sign_flag': '-1', 'log.sign_flag': '-1' },
    amountUnit: 'minor',
    timeUnit: 'ns',
    paymentMethods: { credit: 'CARD', debit: 'CARD' },
  }),
};

const SIGNALBOX: KnownMapping = {
  name: 'signalbox',
  sources: ['The field names of POST /api/v1/transactions'],
  mapping: StreamMappingSchema.parse({
    payloadFields: PAYLOAD_FIELDS,
    fields: {
      eventId: ['event_id'],
      eventType: ['result'],
      kind: ['result'],
      attemptKey: ['transaction_id'],
      transactionId: ['transaction_id'],
      decisionToken: ['decision_id'],
      connectorName: ['processor_id'],
      paymentMethod: ['payment_method'],
      country: ['country'],
      amount: ['amount'],
      currency: ['currency'],
      declineCode: ['decline_code', 'error_code'],
      networkDeclineCode: ['network_decline_code'],
      adviceCode: ['advice_code'],
      network: ['network'],
      eventTime: ['timestamp'],
      latencyMs: ['latency_ms'],
      fee: ['fee'],
      credentialFingerprint: ['credential_fingerprint'],
      issuerCountry: ['issuer_country'],
    },
    kinds: {
      approved: 'authorised',
      declined: 'declined',
      error: 'error',
      timeout: 'unknown',
      refunded: 'refunded',
      disputed: 'disputed',
    },
    amountUnit: 'major',
    timeUnit: 'rfc3339',
  }),
};

export const KNOWN_MAPPINGS: readonly KnownMapping[] = [APOS, HYPERSWITCH, SIGNALBOX];
