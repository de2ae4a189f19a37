// Recording results: one or up to 1,000, each judged on its own.
import { idempotencyKeyOf } from '../actor.ts';
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { BatchInput, TransactionInput, TransactionsAnswer, TransactionsInput } from '../schemas/transactions.ts';
import { recordBatch, recordOne } from '../result-reading.ts';

export function mountTransactions(app: App): void {
  // Named by the reference of the body, which is read item by item and so holds neither itself.
  app.openAPIRegistry.register('Transaction', TransactionInput);
  app.openAPIRegistry.register('TransactionBatch', BatchInput);
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/transactions',
      scope: 'ingest',
      tag: 'Results',
      summary: 'Record results',
      description:
        'One result, or `{"transactions": [...]}` with up to 1,000. Acknowledged means on disk. A repeat with the same `transaction_id` (or `Idempotency-Key`) is a `duplicate` and changes nothing. In a batch the good items land and the bad ones are named.',
      body: TransactionsInput,
      bodyList: 'transactions',
      answer: {
        status: 200,
        description: "One: the processor's health. Several: what became of each",
        schema: TransactionsAnswer,
      },
    },
    async ({ world, now, body, header, hashedFields, cardItems }) => {
      const idempotency = idempotencyKeyOf(header('idempotency-key'));
      if ('refused' in idempotency) return idempotency;
      const intake = { world, now, idempotencyKey: idempotency.key, hashedFields, cardItems };
      return 'transactions' in body ? recordBatch(intake, body['transactions']) : recordOne(intake, body);
    },
  );
}
