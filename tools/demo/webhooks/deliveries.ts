// What the vendors of the webhook demo have to tell: five attempts each, once in the order in which it happened and once as it goes in bad weather.
import { chance } from '../payments.ts';
import type { AttemptToTell, Telling, VendorName } from '../../vendors/vendor-webhooks.ts';

export interface DemoAttempt extends AttemptToTell {
  readonly vendor: VendorName;
  /** What happens to it, in this order. */
  readonly tellings: readonly Telling[];
  /** The checkout got no answer: it is unknown until a webhook says what became of it. */
  readonly isUnknown: boolean;
}

export interface DemoDelivery {
  readonly attempt: DemoAttempt;
  readonly telling: Telling;
  /** `forged`: the amount was changed under way. `stale`: signed ten minutes ago. `foreign`: of a country that the processor does not serve. */
  readonly as: 'genuine' | 'forged' | 'stale' | 'foreign';
}

interface Plot {
  readonly name: string;
  readonly tellings: readonly Telling[];
  readonly paymentMethod: AttemptToTell['paymentMethod'];
  readonly isUnknown?: true;
}

const PLOTS: readonly Plot[] = [
  { name: 'paid', tellings: ['pending', 'authorised'], paymentMethod: 'PIX' },
  { name: 'declined', tellings: ['declined'], paymentMethod: 'CARD' },
  { name: 'refunded', tellings: ['authorised', 'refunded'], paymentMethod: 'CARD' },
  { name: 'disputed', tellings: ['pending', 'authorised', 'disputed'], paymentMethod: 'CARD' },
  { name: 'unheard', tellings: ['pending', 'authorised'], paymentMethod: 'PIX', isUnknown: true },
];

export const DEMO_VENDORS: readonly VendorName[] = ['stripe', 'adyen', 'standard-webhooks'];

export function attemptsAt(nowMs: number): readonly DemoAttempt[] {
  return DEMO_VENDORS.flatMap((vendor) =>
    PLOTS.map(({ name, tellings, paymentMethod, isUnknown = false }, index) => ({
      ...{ vendor, tellings, paymentMethod, isUnknown },
      transaction: `ord_${name}-1`,
      vendorId: `${vendor === 'stripe' ? 'ch_' : 'P'}${name.toUpperCase()}${vendor.slice(0, 2).toUpperCase()}82`,
      country: 'BR',
      amountMinor: 15_000 + 1_000 * index,
      currency: 'BRL',
      // Hours late: nothing says that a webhook comes on the day of the payment.
      atMs: nowMs - (index + 1) * 3_600_000,
    })),
  );
}

export function inOrder(attempts: readonly DemoAttempt[]): readonly DemoDelivery[] {
  return attempts.flatMap((attempt) =>
    attempt.tellings.map((telling) => ({ attempt, telling, as: 'genuine' as const })),
  );
}

/** Everything twice and some thrice, in any order, with forgeries and what cannot be understood in between. */
export function inBadWeather(attempts: readonly DemoAttempt[], seed: number): readonly DemoDelivery[] {
  const genuine = inOrder(attempts).flatMap((delivery, index) =>
    Array.from({ length: chance(seed, index, 1) < 0.3 ? 3 : 2 }, () => delivery),
  );
  const others = attempts.flatMap((attempt): DemoDelivery[] => {
    if (attempt.transaction === 'ord_declined-1') return [{ attempt, telling: 'authorised', as: 'forged' }];
    if (attempt.transaction === 'ord_refunded-1') return [{ attempt, telling: 'authorised', as: 'foreign' }];
    const signsTime = attempt.vendor !== 'adyen';
    return attempt.isUnknown && signsTime ? [{ attempt, telling: 'declined', as: 'stale' }] : [];
  });
  return [...genuine, ...others]
    .map((delivery, index) => ({ delivery, luck: chance(seed, index, 2) }))
    .sort((one, other) => one.luck - other.luck)
    .map(({ delivery }) => delivery);
}
