// A merchant that thinks nothing of its own: it asks where to pay, reports what it heard, asks what now, and does that.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiRefusal, type ApiClient } from '../../../tools/api-client.ts';
import type { Charge, Heard, ProcessorCalls } from './processor-calls.ts';

export interface Purchase {
  readonly payment: string;
  readonly paymentMethod: 'CARD' | 'PIX';
  readonly amountMinor: number;
  /** Has an override written into the audit log, and sends the payment elsewhere at once when an outcome is unknown. */
  readonly isImpatient: boolean;
}

export interface MerchantOptions {
  readonly api: ApiClient;
  readonly processors: ProcessorCalls;
  /** By processor: whose words its codes are. */
  readonly families: Readonly<Record<string, string | null>>;
  /** Those whose way to find out is the same call again under the same key. */
  readonly askedByRepeating: readonly string[];
}

export interface MerchantDiary {
  readonly actions: Map<string, number>;
  /** Payments that an override sent elsewhere. */
  readonly overridden: Set<string>;
  /** Alerts that were followed: what was undone, and how. */
  readonly undone: { readonly payment: string; readonly by: 'void' | 'refund' }[];
  /** Reports that contradicted what Signalbox knew already, and were refused. */
  conflicts: number;
  /** Nothing was recommended. */
  turnedAway: number;
}

interface Attempt extends Charge {
  readonly number: number;
  readonly decisionId: string | null;
  readonly atMs: number;
}

interface Advice {
  readonly action: string;
  readonly processor: string | null;
  readonly transaction_id: string | null;
  readonly not_before: string | null;
  readonly decision_id: string | null;
  readonly rule_id: string;
}

type Told =
  | { readonly result: 'approved' | 'error' | 'timeout' | 'not_sent' | 'voided' | 'refunded' }
  | { readonly result: 'declined'; readonly decline_code?: string };

const COUNTRY = 'BR';
/**
 * The merchant tells every attempt as this much earlier than it was: the 40 seconds after which the processor may be asked are over then, and
 * the test need not sit them out.
 */
const EARLIER_MS = 45_000;
const QUESTIONS_MAX = 6;
const BETWEEN_QUESTIONS_MS = 120;
const ADVICE_MAX = 8;

export class ObedientMerchant {
  readonly diary: MerchantDiary = {
    actions: new Map(),
    overridden: new Set(),
    undone: [],
    conflicts: 0,
    turnedAway: 0,
  };
  private readonly options: MerchantOptions;
  private readonly purchases = new Map<string, Purchase>();

  constructor(options: MerchantOptions) {
    this.options = options;
  }

  async buy(purchase: Purchase): Promise<void> {
    this.purchases.set(purchase.payment, purchase);
    const { payment, paymentMethod, amountMinor } = purchase;
    const route = await this.options.api.post<{ processor_id: string | null; decision_id: string | null }>(
      '/api/v1/routing/recommend',
      { ...moneyOf(purchase), payment_id: payment, strategy: 'split' },
    );
    if (route.processor_id === null) {
      this.diary.turnedAway++;
      return;
    }
    const charge = { payment, paymentMethod, amountMinor, currency: 'BRL' };
    const unknown: Attempt[] = [];
    let next: Pick<Attempt, 'processor' | 'decisionId'> | null = {
      processor: route.processor_id,
      decisionId: route.decision_id,
    };
    for (let number = 1; next !== null; number++) {
      const transaction = `${payment}-${number}`;
      const attempt: Attempt = { ...charge, ...next, number, transaction, atMs: Date.now() - EARLIER_MS };
      next = await this.attempt(attempt, unknown);
    }
  }

  /** What follows it; `null`: nothing. */
  private async attempt(
    attempt: Attempt,
    unknown: Attempt[],
  ): Promise<Pick<Attempt, 'processor' | 'decisionId'> | null> {
    let told = toldOf(await this.options.processors.charge(chargeOf(attempt)));
    if (told.result === 'timeout') unknown.push(attempt);
    await this.report(attempt, told);
    for (let asked = 0; told.result !== 'approved' && asked < ADVICE_MAX; asked++) {
      const insists = told.result === 'timeout' && asked === 0 && attempt.number === 1 && this.isImpatient(attempt);
      const advice = await this.ask(attempt, told, insists);
      if (insists && advice.action === 'retry_now') this.diary.overridden.add(attempt.payment);
      if (advice.action === 'retry_now') return { processor: advice.processor!, decisionId: advice.decision_id };
      if (advice.action !== 'reconcile' && advice.action !== 'void_then_retry') return null;
      await until(advice.not_before);
      const about = [attempt, ...unknown].find(({ transaction }) => transaction === advice.transaction_id);
      if (about === undefined || about.processor !== advice.processor)
        throw new Error(`told to ask ${advice.processor} about ${advice.transaction_id}, which is not open there`);
      const found = advice.action === 'reconcile' ? await this.reconcile(about) : await this.cancel(about);
      if (found === null) return null;
      if (unknown.includes(about)) unknown.splice(unknown.indexOf(about), 1);
      if (about === attempt) told = found;
      else if (found.result === 'approved') return null;
    }
    return null;
  }

  private isImpatient({ payment }: Attempt): boolean {
    return this.purchases.get(payment)!.isImpatient;
  }

  /** A cancel is no result: it is told with the next question. */
  private async report(attempt: Attempt, told: Told): Promise<void> {
    if (told.result === 'voided' || told.result === 'refunded' || told.result === 'not_sent') return;
    try {
      await this.options.api.post('/api/v1/transactions', {
        ...this.telling(attempt, told),
        ...(attempt.decisionId !== null && { decision_id: attempt.decisionId }),
      });
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
      this.diary.conflicts++;
    }
  }

  private async ask(attempt: Attempt, told: Told, insists: boolean): Promise<Advice> {
    const { payment, number, paymentMethod } = attempt;
    const advice = await this.options.api.post<Advice>('/api/v1/payments/next', {
      ...this.telling(attempt, told),
      credential: { kind: paymentMethod === 'CARD' ? 'card' : 'none' },
      next_transaction_id: `${payment}-${number + 1}`,
      ...(insists && { force: true, override: { why: 'the customer waits at the till' } }),
    });
    const name = insists ? `override ${advice.action}` : advice.action;
    this.diary.actions.set(name, (this.diary.actions.get(name) ?? 0) + 1);
    return advice;
  }

  private telling(attempt: Attempt, told: Told): object {
    const { processor, transaction, payment, number, atMs, paymentMethod } = attempt;
    const family = this.options.families[processor] ?? null;
    return {
      ...told,
      ...moneyOf(attempt),
      processor_id: processor,
      transaction_id: transaction,
      payment_id: payment,
      attempt: number,
      timestamp: new Date(atMs).toISOString(),
      ...(family !== null && { processor_family: family }),
      ...(paymentMethod === 'CARD' && { network: 'visa', credential_fingerprint: `fp_${payment}` }),
    };
  }

  /** Finds out and reports; `null`: the processor did not say. */
  private async reconcile(attempt: Attempt): Promise<Told | null> {
    const { processors, askedByRepeating } = this.options;
    const { processor, transaction } = attempt;
    const repeats = askedByRepeating.includes(processor) && this.isTheLast(attempt);
    return await this.find(attempt, () =>
      repeats ? processors.charge(chargeOf(attempt)) : processors.question(processor, transaction),
    );
  }

  private async find(attempt: Attempt, question: () => Promise<Heard>): Promise<Told | null> {
    for (let asked = 0; asked < QUESTIONS_MAX; asked++) {
      const told = toldOf(await question());
      if (told.result !== 'timeout') {
        await this.report(attempt, told);
        return told;
      }
      await sleep(BETWEEN_QUESTIONS_MS);
    }
    return null;
  }

  /** Once the payment went elsewhere the same call again might charge it twice. */
  private isTheLast({ payment }: Attempt): boolean {
    return !this.diary.overridden.has(payment);
  }

  /** A cancel that is refused says that there is something to ask for. */
  private async cancel(attempt: Attempt): Promise<Told | null> {
    for (let call = 0; call < QUESTIONS_MAX; call++) {
      const heard = await this.options.processors.void(attempt.processor, attempt.transaction);
      if (heard.state === 'voided') return { result: 'voided' };
      if (heard.state === 'refused') return await this.reconcile(attempt);
      await sleep(BETWEEN_QUESTIONS_MS);
    }
    return null;
  }

  /** What an alert names is cancelled, or paid back where it was captured already; and that is told. */
  async undo(payment: string, processor: string, transaction: string): Promise<boolean> {
    const { processors } = this.options;
    for (let call = 0; call < QUESTIONS_MAX; call++) {
      const heard = await processors.void(processor, transaction);
      const isRefused = heard.state === 'refused';
      const undone = isRefused ? await processors.refund(processor, transaction) : heard;
      if (undone.state !== 'voided' && undone.state !== 'refunded') continue;
      this.diary.undone.push({ payment, by: isRefused ? 'refund' : 'void' });
      await this.ask(this.formerAttempt(payment, processor, transaction), { result: undone.state }, false);
      return true;
    }
    return false;
  }

  /** Asks once more after what Signalbox lists as unknown, as a merchant does at the end of its day. */
  async lookAfter(payment: string, processor: string, transaction: string): Promise<void> {
    const attempt = this.formerAttempt(payment, processor, transaction);
    const told = await this.find(attempt, () => this.options.processors.question(processor, transaction));
    if (told?.result === 'voided' || told?.result === 'refunded') await this.ask(attempt, told, false);
  }

  private formerAttempt(payment: string, processor: string, transaction: string): Attempt {
    const { paymentMethod, amountMinor } = this.purchases.get(payment)!;
    const number = Number(transaction.split('-').at(-1));
    const charge = { processor, transaction, payment, paymentMethod, amountMinor, currency: 'BRL' };
    return { ...charge, number, decisionId: null, atMs: Date.now() - EARLIER_MS };
  }
}

const moneyOf = ({ paymentMethod, amountMinor }: Pick<Purchase, 'paymentMethod' | 'amountMinor'>) => ({
  payment_method: paymentMethod,
  country: COUNTRY,
  amount_minor: amountMinor,
  currency: 'BRL',
});

const chargeOf = ({ processor, transaction, payment, paymentMethod, amountMinor, currency }: Attempt): Charge => ({
  ...{ processor, transaction, payment, paymentMethod, amountMinor, currency },
});

function toldOf(heard: Heard): Told {
  switch (heard.state) {
    case 'approved':
      return { result: 'approved' };
    case 'declined':
      return { result: 'declined', ...(heard.declineCode !== null && { decline_code: heard.declineCode }) };
    case 'not_sent':
      return { result: 'not_sent' };
    case 'not_found':
    case 'not_charged':
      return { result: 'error' };
    case 'voided':
    case 'refunded':
      return { result: heard.state };
    case 'pending':
    case 'refused':
    case 'unheard':
      return { result: 'timeout' };
  }
}

async function until(moment: string | null): Promise<void> {
  const waitMs = moment === null ? 0 : Date.parse(moment) - Date.now();
  if (waitMs > 0) await sleep(waitMs);
}
