// Who may speak for M-Pesa, which signs nothing: whoever knows the secret in the path and calls from a listed address.
import { z } from 'zod';
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { fromText } from '../hmac.ts';
import { isListed, rangeOf } from './address-list.ts';

export const settingsSchema = z.strictObject({
  /** Addresses and CIDR ranges, e.g. `196.201.214.200` or `196.201.212.0/22`. */
  addresses: z
    .array(z.string().refine((text) => rangeOf(text) !== null, 'must be an IP address or a CIDR range'))
    .min(1)
    .max(64),
  /**
   * `ignored`: a payment that an STK push started is told twice, here and by its own callback. `trans_id`: the shortcode takes payments that
   * customers start, each an attempt of its own. `bill_ref`: what the customer typed as the account is our transaction id; only for
   * references that nobody can guess, for whoever types another's settles that one.
   */
  c2b: z.enum(['ignored', 'trans_id', 'bill_ref']).default('ignored'),
});
export type OwnSettings = z.output<typeof settingsSchema>;

/** In a path as it is; Daraja refuses callback URLs with its own names in them. */
export const isPathSecret = (secret: string): boolean =>
  /^[A-Za-z0-9_-]{32,128}$/.test(secret) && !/m-?pesa|safaricom/i.test(secret);

export async function verifySender(delivery: Delivery, settings: SourceSettings): Promise<Verification> {
  const known = await isOneOf(delivery.pathRest.split('/', 1)[0]!, settings.secrets);
  if (!known) return { ok: false, reason: 'bad_path_secret' };
  const own = settingsSchema.safeParse(settings.own);
  const listed = own.success && delivery.ipAddress !== null && isListed(delivery.ipAddress, own.data.addresses);
  return listed ? { ok: true } : { ok: false, reason: 'address_not_allowed' };
}

/** Digests are compared, so that the time tells neither length nor beginning; every secret is, so that it does not tell which. */
async function isOneOf(text: string, secrets: readonly string[]): Promise<boolean> {
  const told = await digestOf(text);
  let found = false;
  for (const secret of secrets) {
    const expected = await digestOf(secret);
    let difference = 0;
    for (const [at, byte] of expected.entries()) difference |= byte ^ told[at]!;
    found ||= difference === 0 && secret !== '';
  }
  return found;
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', fromText(text)));
}
