// Which declines say that the charge had been asked for before: what became of it stands with that other attempt.

/** Ids of records. */
export const DUPLICATE_RECORDS: ReadonlySet<string> = new Set([
  'iso8583:94',
  'iso20022:AM05',
  'iso20022:DUPL',
  'mercado_pago:cc_rejected_duplicated_payment',
  'pix:DUPL',
  'stripe:duplicate_transaction',
]);
