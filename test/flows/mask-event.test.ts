// What an event may keep once it is known to be genuine: numbers that read as card numbers go, amounts and latencies stay.
import { describe, expect, test } from 'vitest';
import { AMOUNT_MINOR_MAX } from '../../src/domain/results/money.ts';
import { attemptEvent } from '../../src/connectors/told-event.ts';
import { maskEvent, type MaskedEvent } from '../../src/flows/mask-event.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';
import { drawCards } from '../harness/card-flood.ts';
import { seeded } from '../harness/seeded.ts';

const NUMBER_FIELDS = ['amountMinor', 'latencyMs', 'feeMinor', 'eventTimeMs'] as const;
const world = { pseudonym: (text: string) => Promise.resolve(`h${text.length}`) };
const masked = (told: Partial<AttemptEvent>): Promise<MaskedEvent> =>
  maskEvent(world, attemptEvent({ eventType: 'paid', kind: 'authorised', attemptKey: 'pay_1' }, told));

describe.each(NUMBER_FIELDS)('%s', (field) => {
  test('[WHK-11] that is a card number is not told, and counted', async () => {
    for (const digits of drawCards(200, seeded(7))) {
      const { event, count } = await masked({ [field]: Number(digits), currency: 'BRL' });
      expect([event[field], count, event.currency]).toEqual([null, 1, 'BRL']);
    }
  });

  test.each([-4111111111111111, 4111111111111111.5, 2 ** 53, Number('6205500000000000004'), 1e21, Infinity])(
    '[WHK-11] %d may have been one, and is not told',
    async (value) => {
      expect(await masked({ [field]: value })).toMatchObject({ event: { [field]: null }, count: 1 });
    },
  );

  test('[WHK-11] of fewer than 12 digits is never touched', async () => {
    const draw = seeded(12);
    const card = 4111111111111111;
    for (let digits = 1; digits < 12; digits += 1)
      for (let drawn = 0; drawn < 500; drawn += 1) {
        const value = Math.floor(draw() * 10 ** digits);
        const starts = Math.floor(card / 10 ** (16 - digits));
        for (const each of [value, starts, 10 ** digits - 1])
          expect(await masked({ [field]: each })).toMatchObject({ event: { [field]: each }, count: 0 });
      }
  });

  test('[WHK-11] with a fraction is never touched for its digits behind the point: a latency has up to 17', async () => {
    const draw = seeded(17);
    for (let drawn = 0; drawn < 5_000; drawn += 1) {
      const value = draw() * 10_000;
      expect(await masked({ [field]: value })).toMatchObject({ event: { [field]: value }, count: 0 });
    }
  });
});

test('[WHK-11] of amounts of 12 digits, the most that are recorded, at most one in 5,000 is taken for a card number', async () => {
  const draw = seeded(13);
  let taken = 0;
  for (let drawn = 0; drawn < 50_000; drawn += 1) {
    const amountMinor = 1e11 + Math.floor(draw() * (AMOUNT_MINOR_MAX - 1e11));
    if ((await masked({ amountMinor })).count > 0) taken += 1;
  }
  expect(taken).toBeLessThanOrEqual(10);
  expect(await masked({ amountMinor: AMOUNT_MINOR_MAX })).toMatchObject({ count: 0 });
});
