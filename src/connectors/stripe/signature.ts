// Stripe's signature: `Stripe-Signature: t=<s>,v1=<hex>[,v1=<hex>]`, checked by Stripe's own package, and the age of a delivery in both directions.
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { textOf } from '../wire.ts';

export const REPLAY_WINDOW_MS = 300_000;

/**
 * The package reads a time of `1700000000x` or `01700000000` as the number and takes the last of several: each would verify. Stripe
 * writes one form.
 */
const HEADER = /^t=(?<seconds>[1-9]\d{0,10})(?:,v\d+=[0-9a-f]{1,128}){1,16}$/;

export async function verifySignature(delivery: Delivery, settings: SourceSettings): Promise<Verification> {
  const header = delivery.headers.get('stripe-signature');
  if (header === undefined || header === '') return { ok: false, reason: 'missing_signature' };
  const seconds = HEADER.exec(header)?.groups?.['seconds'];
  const body = textOf(delivery.rawBody);
  if (seconds === undefined || body === null || body === '') return { ok: false, reason: 'bad_signature' };
  if (!(await signedByOneOf(settings.secrets, body, header))) return { ok: false, reason: 'bad_signature' };
  const ageMs = delivery.receivedAtMs - Number(seconds) * 1000;
  return Math.abs(ageMs) <= REPLAY_WINDOW_MS ? { ok: true } : { ok: false, reason: 'stale' };
}

async function signedByOneOf(secrets: readonly string[], body: string, header: string): Promise<boolean> {
  // 0.8 MB of source that no recommendation needs: evaluated at the first webhook, not when the isolate starts.
  const { Stripe } = await import('stripe');
  const { signature } = Stripe.webhooks;
  if (signature === null) throw new Error('The stripe package has no signature check');
  const cryptoProvider = Stripe.createSubtleCryptoProvider();
  let signed = false;
  for (const secret of secrets) {
    if (secret.trim() === '') continue;
    try {
      // 0: no window of the package's. It looks at old deliveries only, and reports them in words.
      await signature.verifyHeaderAsync(body, header, secret, 0, cryptoProvider);
      signed = true;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    }
  }
  return signed;
}
