// After an object was killed: everything is sent again, and what was acknowledged must be known.
import { expect } from 'vitest';
import type { ApiClient } from '../../tools/api-client.ts';

const A_CALL = 500;

/** What was not acknowledged is counted now, and nothing twice. Answers the ids that were acknowledged and are not known any more. */
export async function forgottenOf<Item extends { readonly transaction_id: string }>(
  api: ApiClient,
  { sent, acknowledged }: { readonly sent: readonly Item[]; readonly acknowledged: ReadonlySet<string> },
  bodyOf: (item: Item) => object,
): Promise<readonly string[]> {
  const known = new Set<string>();
  for (let from = 0; from < sent.length; from += A_CALL) {
    const items = sent.slice(from, from + A_CALL);
    const { results } = await api.post<{ results: { outcome: string }[] }>('/api/v1/transactions', {
      transactions: items.map(bodyOf),
    });
    results.forEach(({ outcome }, index) => {
      expect(['recorded', 'duplicate']).toContain(outcome);
      if (outcome === 'duplicate') known.add(items[index]!.transaction_id);
    });
  }
  return [...acknowledged].filter((id) => !known.has(id));
}
