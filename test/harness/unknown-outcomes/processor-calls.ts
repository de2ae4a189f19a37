// What a merchant can do at a simulated processor, and how much it learns of it: an answer that does not come says nothing.

export type Heard =
  | { readonly state: 'approved' | 'pending' | 'not_found' | 'voided' | 'refunded' | 'refused' | 'not_charged' }
  | { readonly state: 'declined'; readonly declineCode: string | null }
  | { readonly state: 'not_sent' }
  | { readonly state: 'unheard' };

export interface Charge {
  readonly processor: string;
  readonly transaction: string;
  readonly payment: string;
  readonly paymentMethod: 'CARD' | 'PIX';
  readonly amountMinor: number;
  readonly currency: string;
}

export interface ProcessorCalls {
  /** The transaction is the idempotency key: sent again it is the same charge. */
  charge(charge: Charge): Promise<Heard>;
  question(processor: string, transaction: string): Promise<Heard>;
  void(processor: string, transaction: string): Promise<Heard>;
  refund(processor: string, transaction: string): Promise<Heard>;
}

const UNHEARD: Heard = { state: 'unheard' };

export function processorCalls(url: string): ProcessorCalls {
  const call = async (method: string, path: string, body?: object): Promise<Heard> => {
    try {
      const response = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body) }) });
      const told = (await response.json()) as { state: string; decline_code?: string };
      if (response.status === 504) return UNHEARD;
      return told.state === 'declined'
        ? { state: 'declined', declineCode: told.decline_code ?? null }
        : ({ state: told.state } as Heard);
    } catch (error) {
      // The connection ended: whether anything was done, nobody here can say.
      if (error instanceof TypeError) return UNHEARD;
      throw error;
    }
  };
  const about = (processor: string, transaction: string): string => `/${processor}/charges/${transaction}`;
  return {
    charge: (charge) => call('POST', `/${charge.processor}/charges`, charge),
    question: (processor, transaction) => call('GET', about(processor, transaction)),
    void: (processor, transaction) => call('POST', `${about(processor, transaction)}/void`),
    refund: (processor, transaction) => call('POST', `${about(processor, transaction)}/refund`),
  };
}
