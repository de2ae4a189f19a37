import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acknowledgeAlert,
  hear,
  type KeptAlert,
  withFormer,
  type Word,
} from '../../../src/domain/notifications/word.ts';
import { alertOf, incidentIn, round, route, states, status, T0 } from './sample-incident.ts';
import { EMPTY_DELIVERY_BOOK } from '../../../src/domain/notifications/delivery-book.ts';
import { nextAlarm } from '../../../src/domain/notifications/delivery-round.ts';
import { sendTest } from '../../../src/domain/notifications/test-message.ts';

const OPS = route('ops');
const PAGER = route('pager', { kind: 'pagerduty', severities: ['critical'] });
const ADA = { by: 'Ada', atMs: T0 + 1 };

const open = alertOf();
const acknowledged: KeptAlert = { ...open, acknowledgement: ADA };
const closed: KeptAlert = { ...acknowledged, updatedAtMs: T0 + 2, closedAtMs: T0 + 2 };
const reopened = alertOf({ updatedAtMs: T0 + 2 });
const life: readonly Word[] = [open, acknowledged, closed, reopened, null].map((alert, index) => ({
  sequence: index + 1,
  alert,
}));
const TOLD = ['ops open waiting 0', 'ops acknowledge waiting 0', 'ops close waiting 0', 'ops open waiting 0'];

describe('words of the Registry', () => {
  test('[NTF-31] are told in order, each once', () => {
    const book = hear(EMPTY_DELIVERY_BOOK, life, [OPS], T0);
    expect(states(book)).toEqual(TOLD);
    expect(book.heardThrough).toBe(5);
  });

  test('[NTF-31] are told once whichever batches come again, late or in part', () => {
    const step = fc.record({ from: fc.nat({ max: 4 }), length: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        // A sender begins with the oldest word that it knows of no answer to: it may repeat, and it leaves no gap.
        const book = steps.reduce((current, { from, length }) => {
          const start = Math.min(from, current.heardThrough);
          return hear(current, life.slice(start, start + length), [OPS], T0);
        }, EMPTY_DELIVERY_BOOK);
        expect(states(hear(book, life, [OPS], T0))).toEqual(TOLD);
      }),
      { seed: 31 },
    );
  });

  test('[NTF-31] go by the channels as they are then', () => {
    const told = hear(EMPTY_DELIVERY_BOOK, life.slice(0, 1), [OPS, PAGER], T0);
    const after = hear(told, life.slice(1, 3), [PAGER], T0);
    expect(states(after)).toEqual(['ops open waiting 0']);
  });

  test('[NTF-30] of a changed channel lift what was held against it, and send what waits for it', () => {
    const told = hear(EMPTY_DELIVERY_BOOK, life.slice(0, 1), [OPS], T0);
    const held = round(told, [OPS], T0, () => status(429, 3_600_000));
    expect(held.health[0]?.heldUntilMs).toBe(T0 + 3_600_000);
    const lifted = hear(held, [{ sequence: 2, alert: null }], [{ ...OPS, revision: 2 }], T0 + 1);
    expect(lifted.health[0]?.heldUntilMs).toBe(0);
    expect(nextAlarm(held)).toBe(T0 + 3_600_000);
    expect(nextAlarm(lifted)).toBe(T0 + 1);
  });
});

describe('who works on an alert', () => {
  test('[NTF-33] is told to those who were told of it, once, and with its end', () => {
    const words = [open, acknowledged, acknowledged, closed].map((alert, index) => ({ sequence: index + 1, alert }));
    const book = hear(EMPTY_DELIVERY_BOOK, words, [OPS, PAGER], T0);
    expect(states(book)).toEqual(TOLD.slice(0, 3));
    expect(book.deliveries.map((delivery) => incidentIn(delivery).acknowledgedBy)).toEqual([null, 'Ada', 'Ada']);
  });

  test('[NTF-33] is said once of one that is open', () => {
    expect(acknowledgeAlert(open, ADA)).toEqual({ ok: true, alert: acknowledged });
    expect(acknowledgeAlert(acknowledged, ADA)).toEqual({ ok: false, reason: 'acknowledged' });
    expect(acknowledgeAlert(closed, ADA)).toEqual({ ok: false, reason: 'closed' });
    expect(acknowledgeAlert(null, ADA)).toEqual({ ok: false, reason: 'not_found' });
  });

  test('[NTF-33] stays while it changes and after it closed, and goes when it begins anew', () => {
    const cases: readonly (readonly [KeptAlert, KeptAlert | null, KeptAlert])[] = [
      [open, null, open],
      [open, open, open],
      [{ ...open, toStatus: 'DEGRADED' }, acknowledged, { ...acknowledged, toStatus: 'DEGRADED' }],
      [{ ...open, updatedAtMs: T0 + 2, closedAtMs: T0 + 2 }, acknowledged, closed],
      [reopened, closed, reopened],
    ];
    for (const [alert, former, kept] of cases) expect(withFormer(alert, former)).toEqual(kept);
  });
});

describe('a test message', () => {
  test('[NTF-32] begins and ends at one channel, whatever severities that chose', () => {
    const book = sendTest(EMPTY_DELIVERY_BOOK, PAGER, 'tst_1', T0);
    expect(states(book)).toEqual(['pager open waiting 0', 'pager close waiting 0']);
    expect(book.deliveries.map(incidentIn).map(({ kind, id }) => [kind, id])).toEqual([
      ['test', 'tst_1'],
      ['test', 'tst_1'],
    ]);
  });

  test('[NTF-32] lifts a 410 of its channel', () => {
    const gone = round(hear(EMPTY_DELIVERY_BOOK, life.slice(0, 1), [OPS], T0), [OPS], T0, () => status(410));
    expect(gone.health[0]?.disabledAtMs).toBe(T0);
    const tested = sendTest(gone, OPS, 'tst_1', T0 + 1);
    expect(states(round(tested, [OPS], T0 + 1, () => status(200))).slice(1)).toEqual([
      'ops open delivered 1',
      'ops close waiting 0',
    ]);
  });

  test('[NTF-32] that is refused for good tells no other channel of trouble, as an alert does', () => {
    const refuse = (book: typeof EMPTY_DELIVERY_BOOK) => round(book, [OPS, PAGER], T0, () => status(410));
    expect(states(refuse(sendTest(EMPTY_DELIVERY_BOOK, OPS, 'tst_1', T0)))).not.toContain('pager open waiting 0');
    const alerted = hear(EMPTY_DELIVERY_BOOK, life.slice(0, 1), [OPS, PAGER], T0);
    expect(states(refuse(alerted))).toContain('pager open waiting 0');
  });
});
