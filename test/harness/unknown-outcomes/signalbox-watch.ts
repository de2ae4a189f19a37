// What a merchant's operations read of Signalbox beside the till: alerts about double charges, as they come, and the list of what is unknown.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../../tools/api-client.ts';

export interface ToUndo {
  readonly payment: string;
  readonly processor: string;
  readonly transaction: string;
}

interface Alert {
  readonly kind: string;
  readonly subject: string | null;
  readonly closed_at: string | null;
  readonly evidence: Readonly<Record<string, string | number>>;
}

const POLL_MS = 300;
/** So many looks without anything new: what a ledger is told in a second try has come by then. */
const QUIET_LOOKS = 5;
const LIMIT = 100;

export class AlertWatch {
  /** By payment, the transaction that was named last. */
  readonly alerted = new Map<string, string>();
  private readonly api: ApiClient;
  /** True: what was named is undone. */
  private readonly follow: (named: ToUndo) => Promise<boolean>;
  private readonly since = new Date().toISOString();
  private readonly undone = new Set<string>();
  private polling: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(api: ApiClient, follow: (named: ToUndo) => Promise<boolean>) {
    this.api = api;
    this.follow = follow;
  }

  begin(): void {
    this.polling = (async () => {
      while (!this.isOver) {
        await this.look();
        await sleep(POLL_MS);
      }
    })();
  }

  /** After the last look at what has come meanwhile. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.polling;
    for (let quiet = 0; quiet < QUIET_LOOKS; ) {
      await sleep(POLL_MS);
      quiet = (await this.look()) > 0 ? 0 : quiet + 1;
    }
  }

  /** How many were new. */
  private async look(): Promise<number> {
    let found = 0;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { alerts: Alert[]; next_cursor: string | null } = await this.api.get(
        `/api/v1/alerts?since=${encodeURIComponent(this.since)}&limit=${LIMIT}${cursor && `&cursor=${cursor}`}`,
      );
      for (const alert of page.alerts) found += await this.heed(alert);
      cursor = page.next_cursor;
    }
    return found;
  }

  /** An alert that is closed asks for nothing any more; one that names another attempt than before does. */
  private async heed({ kind, subject, evidence, closed_at: closedAt }: Alert): Promise<number> {
    if (kind !== 'double_charge_risk') return 0;
    const transaction = String(evidence['void_transaction']);
    const named = { payment: String(subject), processor: String(evidence['void_processor']), transaction };
    this.alerted.set(named.payment, transaction);
    if (closedAt !== null || this.undone.has(transaction)) return 0;
    if (await this.follow(named)) this.undone.add(transaction);
    return 1;
  }
}

export interface ToldUnknown {
  readonly processor_id: string;
  readonly transaction_id: string;
  readonly payment_id: string | null;
  readonly since: string;
  readonly age_seconds: number;
  readonly overdue: boolean;
}

export async function unknownsOf(api: ApiClient): Promise<readonly ToldUnknown[]> {
  const unknowns: ToldUnknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { unknowns: ToldUnknown[]; next_cursor: string | null } = await api.get(
      `/api/v1/unknowns?limit=${LIMIT}${cursor && `&cursor=${cursor}`}`,
    );
    unknowns.push(...page.unknowns);
    cursor = page.next_cursor;
  }
  return unknowns;
}
