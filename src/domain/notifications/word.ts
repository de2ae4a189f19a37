// What the Registry tells the courier, in order and each once however often it is sent: how an alert stands, and who works on it.
import { acknowledge, accept, type DeliveryBook } from './delivery-book.ts';
import { incidentOf, type Incident } from './incident.ts';
import type { ChannelRoute } from './channel.ts';
import type { ToldAlert } from './told-alert.ts';

export interface Acknowledgement {
  /** As people shall read it, at most 120 characters. */
  readonly by: string;
  readonly atMs: number;
}

/** An alert as the Registry keeps it. */
export interface KeptAlert extends ToldAlert {
  readonly acknowledgement?: Acknowledgement;
}

export interface Word {
  /** Grows with every word and is never used again. */
  readonly sequence: number;
  /** As it stood when the word was written; `null`: channels were changed. */
  readonly alert: KeptAlert | null;
}

/** Words that were heard before are passed over: an answer may be lost, and its words sent again. */
export function hear(
  book: DeliveryBook,
  words: readonly Word[],
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  return words
    .filter(({ sequence }) => sequence > book.heardThrough)
    .reduce<DeliveryBook>((current, { sequence, alert }) => {
      const told = accept(current, alert === null ? [] : [incidentOfKept(alert)], routes, now);
      return { ...(alert === null ? told : withAcknowledgement(told, alert, routes, now)), heardThrough: sequence };
    }, book);
}

function incidentOfKept(alert: KeptAlert): Incident {
  return { ...incidentOf(alert), acknowledgedBy: alert.acknowledgement?.by ?? null };
}

/** Whoever was told of an incident is told who works on it; nobody was, or they know: nothing is said. */
function withAcknowledgement(
  book: DeliveryBook,
  { id, acknowledgement }: KeptAlert,
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  if (acknowledgement === undefined) return book;
  const outcome = acknowledge(book, { incidentId: id, by: acknowledgement.by }, routes, now);
  return outcome.ok ? outcome.book : book;
}

export type AlertAcknowledged =
  | { readonly ok: true; readonly alert: KeptAlert }
  | { readonly ok: false; readonly reason: 'not_found' | 'closed' | 'acknowledged' };

export function acknowledgeAlert(alert: KeptAlert | null, acknowledgement: Acknowledgement): AlertAcknowledged {
  if (alert === null) return { ok: false, reason: 'not_found' };
  if (alert.closedAtMs !== null) return { ok: false, reason: 'closed' };
  if (alert.acknowledgement !== undefined) return { ok: false, reason: 'acknowledged' };
  return { ok: true, alert: { ...alert, acknowledgement } };
}

/** Who works on it stays with an alert until it begins anew. */
export function withFormer(alert: ToldAlert, former: KeptAlert | null): KeptAlert {
  const begins = former !== null && former.closedAtMs !== null && alert.closedAtMs === null;
  if (former?.acknowledgement === undefined || begins) return alert;
  return { ...alert, acknowledgement: former.acknowledgement };
}
