import { describe, expect, test } from 'vitest';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { NOW_MS, settingsOf, showForgeries } from '../connectors/signature-cases.ts';

// The same checks as in Node, where WebCrypto, base64 and the vendors' packages are others.
describe.each(Object.entries(SIGNATURE_CASES))('%s', (_, signatureCase) => {
  const { adapter, bodies, secrets } = signatureCase;

  test('[CON-1] genuine deliveries verify inside the runtime', async () => {
    for (const secret of secrets)
      for (const body of bodies) {
        const delivery = signatureCase.sign({ body, secret, atMs: NOW_MS });
        expect(await adapter.verify(delivery, settingsOf(signatureCase))).toEqual({ ok: true });
        expect((await adapter.read(delivery, settingsOf(signatureCase))).unreadable).toEqual([]);
      }
  });

  test('[CON-2] forged ones do not', async () => {
    expect(await showForgeries(signatureCase, { count: 100, seed: 7 })).toEqual({ shown: 100, accepted: [] });
  });
});
