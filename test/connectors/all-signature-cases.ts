// How deliveries of each adapter are signed; signatures.test.ts sees to it that none is missing.
import { signatureCase as adyen } from './adyen/signature-case.ts';
import { plainCase, timedCase } from './custom-hmac/signature-case.ts';
import { signatureCase as hyperswitch } from './hyperswitch/signature-case.ts';
import { signatureCase as mercadoPago } from './mercado-pago/signature-case.ts';
import { signatureCase as mpesa } from './mpesa/signature-case.ts';
import { signatureCase as paystack } from './paystack/signature-case.ts';
import type { SignatureCase } from './signature-cases.ts';
import { signatureCase as standardWebhooks } from './standard-webhooks/signature-case.ts';
import { signatureCase as stripe } from './stripe/signature-case.ts';

export const SIGNATURE_CASES: Readonly<Record<string, SignatureCase>> = {
  stripe,
  adyen,
  hyperswitch,
  paystack,
  'mercado-pago': mercadoPago,
  mpesa,
  'standard-webhooks': standardWebhooks,
  'custom-hmac': plainCase,
  'custom-hmac with a time': timedCase,
};
