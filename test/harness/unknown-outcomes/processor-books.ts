// The simulated processors' own books: what was asked, what was done and what was told, in one order. The only place that knows the truth.
import type { Fate } from './fates.ts';

export interface ChargeAsked {
  readonly processor: string;
  readonly transaction: string;
  readonly payment: string;
  readonly paymentMethod: 'CARD' | 'PIX';
  readonly amountMinor: number;
  readonly currency: string;
}

export type ChargeState = 'pending' | 'approved' | 'declined' | 'never' | 'voided';
export type KnownBy = 'answer' | 'question' | 'void' | 'webhook';

export interface BookedAttempt extends ChargeAsked {
  readonly fate: Fate;
  /** Place in the order of everything that happened. */
  readonly askedAt: number;
  /** Under this key; more than one is a call that was sent again. */
  calls: number;
  state: ChargeState;
  approvedAt: number | null;
  /** Cancelled, or paid back. */
  undoneAt: number | null;
  /** When the merchant or Signalbox could first know how it ended. */
  known: { readonly at: number; readonly by: KnownBy } | null;
  questionsMuted: number;
  toldPending: number;
  voidsRefused: number;
  voidsUnheard: number;
  refunds: number;
  webhooks: { taken: number; repeated: number; late: number; lost: number; refused: number };
}

export class ProcessorBooks {
  private readonly byTransaction = new Map<string, BookedAttempt>();
  private moment = 0;

  tick(): number {
    return ++this.moment;
  }

  open(asked: ChargeAsked, fate: Fate): BookedAttempt {
    const attempt: BookedAttempt = {
      ...asked,
      fate,
      askedAt: this.tick(),
      calls: 1,
      state: 'pending',
      approvedAt: null,
      undoneAt: null,
      known: null,
      questionsMuted: 0,
      toldPending: 0,
      voidsRefused: 0,
      voidsUnheard: 0,
      refunds: 0,
      webhooks: { taken: 0, repeated: 0, late: 0, lost: 0, refused: 0 },
    };
    this.byTransaction.set(keyOf(asked), attempt);
    return attempt;
  }

  find(processor: string, transaction: string): BookedAttempt | null {
    return this.byTransaction.get(keyOf({ processor, transaction })) ?? null;
  }

  settle(attempt: BookedAttempt, state: 'approved' | 'declined' | 'never'): void {
    attempt.state = state;
    if (state === 'approved') attempt.approvedAt = this.tick();
  }

  undo(attempt: BookedAttempt): void {
    attempt.state = 'voided';
    attempt.undoneAt = this.tick();
  }

  /** `at`: where the telling began, for whoever hears it may act before we know that it was heard. */
  know(attempt: BookedAttempt, by: KnownBy, at = this.tick()): void {
    if (attempt.known === null || at < attempt.known.at) attempt.known = { at, by };
  }

  attempts(): readonly BookedAttempt[] {
    return [...this.byTransaction.values()];
  }

  /** In the order they were asked for. */
  byPayment(): ReadonlyMap<string, readonly BookedAttempt[]> {
    const payments = new Map<string, BookedAttempt[]>();
    for (const attempt of this.attempts())
      payments.set(attempt.payment, [...(payments.get(attempt.payment) ?? []), attempt]);
    return payments;
  }
}

const keyOf = ({ processor, transaction }: Pick<ChargeAsked, 'processor' | 'transaction'>): string =>
  `${processor} ${transaction}`;
