// A message that is marked as a test: it goes the whole way to one channel and tells nobody of any trouble.
import { accept, type DeliveryBook } from './delivery-book.ts';
import { SEVERITIES, TEST_KIND, type Incident } from './incident.ts';
import { withHealth } from './delivery-round.ts';
import type { ChannelRoute } from './channel.ts';

/**
 * Both its beginning and its end, so that nothing stays open where it is told. By hand, and so at once: what was held against the
 * channel is lifted. `id`: of the incident, never used before.
 */
export function sendTest(book: DeliveryBook, route: ChannelRoute, id: string, now: number): DeliveryBook {
  const opened: Incident = {
    id,
    kind: TEST_KIND,
    severity: 'info',
    subject: `${route.kind} channel ${route.id}`,
    processorId: null,
    segment: null,
    fromStatus: null,
    toStatus: null,
    openedAtMs: now,
    updatedAtMs: now,
    closedAtMs: null,
    acknowledgedBy: null,
    reason: 'This is a test: nothing is wrong. Alerts that this channel hears of look like this.',
    evidence: {},
    moneyAtRisk: null,
  };
  const lifted = withHealth(book, route.id, { disabledAtMs: null, heldUntilMs: 0 });
  const routes = [{ ...route, severities: SEVERITIES }];
  return accept(lifted, [opened, { ...opened, closedAtMs: now }], routes, now);
}
