// How the delivery book stands on disk: its head and each delivery apart, so that one attempt writes one small row.
import type { DeliveryBook } from './delivery-book.ts';
import type { Delivery } from './delivery.ts';

export interface BookChanges {
  /** `null`: as it was. */
  readonly head: string | null;
  readonly written: readonly { readonly sequence: number; readonly text: string }[];
  readonly dropped: readonly number[];
}

/** `head` and `deliveries` as `changesOf` wrote them, the deliveries in the order of their sequence. Throws on a format of newer code. */
export function readBook(head: string, deliveries: readonly string[]): DeliveryBook {
  const stored = JSON.parse(head) as Omit<DeliveryBook, 'deliveries' | 'heardThrough'>;
  const format: number = stored.format;
  if (format !== 1) throw new Error(`unknown delivery book format ${format}`);
  // The first books had heard nothing yet.
  return { heardThrough: 0, ...stored, deliveries: deliveries.map((text) => JSON.parse(text) as Delivery) };
}

/** What has to be written for `after` to stand where `before` stood. */
export function changesOf(before: DeliveryBook, after: DeliveryBook): BookChanges {
  const known = new Set(before.deliveries);
  const kept = new Set(after.deliveries.map(({ sequence }) => sequence));
  return {
    head: isSameHead(before, after) ? null : headText(after),
    written: after.deliveries
      .filter((delivery) => !known.has(delivery))
      .map((delivery) => ({ sequence: delivery.sequence, text: JSON.stringify(delivery) })),
    dropped: before.deliveries.map(({ sequence }) => sequence).filter((sequence) => !kept.has(sequence)),
  };
}

function headText({ deliveries: _deliveries, ...head }: DeliveryBook): string {
  return JSON.stringify(head);
}

function isSameHead(before: DeliveryBook, after: DeliveryBook): boolean {
  return (
    before.sequence === after.sequence &&
    before.heardThrough === after.heardThrough &&
    before.told === after.told &&
    before.health === after.health
  );
}
