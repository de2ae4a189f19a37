// All webhook adapters by id: `/webhooks/{source}` serves a source whose settings name one of them.
import type { WebhookAdapter } from '../ports/webhook-adapter.ts';
import { adapter as adyen } from './adyen/adapter.ts';
import { adapter as customHmac } from './custom-hmac/adapter.ts';
import { adapter as hyperswitch } from './hyperswitch/adapter.ts';
import { adapter as mercadoPago } from './mercado-pago/adapter.ts';
import { adapter as mpesa } from './mpesa/adapter.ts';
import { adapter as paystack } from './paystack/adapter.ts';
import { adapter as standardWebhooks } from './standard-webhooks/adapter.ts';
import { adapter as stripe } from './stripe/adapter.ts';

export const ADAPTERS: readonly WebhookAdapter[] = [
  stripe,
  adyen,
  hyperswitch,
  paystack,
  mercadoPago,
  mpesa,
  standardWebhooks,
  customHmac,
];

export function adapterOf(id: string): WebhookAdapter | null {
  return ADAPTERS.find(({ declaration }) => declaration.id === id) ?? null;
}
