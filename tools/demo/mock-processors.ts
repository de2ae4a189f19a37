// The five mock processors of TechCart's document, and how they are registered through the public API.
import { ApiRefusal, type ApiClient } from '../api-client.ts';

export interface MockProcessor {
  readonly id: string;
  readonly name: string;
  readonly payment_methods: readonly string[];
  readonly countries: readonly string[];
}

export const MOCK_PROCESSORS: readonly MockProcessor[] = [
  { id: 'processor_a', name: 'GlobalPay_BR', payment_methods: ['PIX', 'CARD'], countries: ['BR'] },
  { id: 'processor_b', name: 'PayLatam', payment_methods: ['CARD'], countries: ['BR', 'MX', 'CO'] },
  { id: 'processor_c', name: 'PixMaster', payment_methods: ['PIX'], countries: ['BR'] },
  { id: 'processor_d', name: 'MexPago', payment_methods: ['CARD', 'OXXO'], countries: ['MX'] },
  { id: 'processor_e', name: 'ColombiaPS', payment_methods: ['PSE', 'CARD'], countries: ['CO'] },
];

/** One that is already there is left as it is. Answers how many were new. */
export async function registerMockProcessors(
  api: ApiClient,
  breaker: Readonly<Record<string, number>> = {},
): Promise<number> {
  let registered = 0;
  for (const processor of MOCK_PROCESSORS) {
    try {
      await api.post('/api/v1/processors', { ...processor, breaker });
      registered++;
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    }
  }
  return registered;
}
