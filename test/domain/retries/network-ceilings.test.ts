import { beforeAll, describe, expect, test } from 'vitest';
import { CEILING_IDS } from '../../../src/domain/retries/ceiling-ids.ts';
import { eagerRetrier, seenByNetworks, type CardLife, type Seen } from './eager-retrier.ts';
import { atSoak, tellFigures } from '../../harness/soak.ts';
import { HOUR, policyOf } from './sample-question.ts';

/** As lenient as a policy can be made: nothing but the networks' own ceilings holds it. */
const eager = {
  laterWaitMs: 10 * 60_000,
  laterSpreadMs: 0,
  retriesWithoutAdvice: true,
  hopsMax: 2,
  technicalRetriesMax: 1_000,
};
const atMost = Object.fromEntries(CEILING_IDS.map((id) => [id, 1_000]));

describe.each([
  {
    name: 'our defaults',
    cards: 400,
    ceilings: {},
    seed: 1,
    limits: {
      visa_reattempts_30d: 15,
      mastercard_declines_24h: 7,
      mastercard_same_amount_30d: 34,
      other_reattempts_30d: 15,
    },
  },
  {
    name: 'the networks’ own',
    cards: atSoak(120, 400),
    ceilings: atMost,
    seed: 2,
    limits: {
      visa_reattempts_30d: 20,
      mastercard_declines_24h: 9,
      mastercard_same_amount_30d: 34,
      other_reattempts_30d: 15,
    },
  },
])('T12: an eager retrier on $cards cards for 90 days, held to $name', ({ cards, ceilings, seed, limits }) => {
  let lives: readonly CardLife[] = [];
  let seen: Seen;
  beforeAll(() => {
    lives = eagerRetrier({ cards, days: 90, seed, policy: policyOf({ ...eager, ceilings }) });
    seen = seenByNetworks(lives);
  }, 180_000);
  const held = (rule: string) => lives.reduce((sum, { heldBy }) => sum + (heldBy.get(rule) ?? 0), 0);
  const refused = (rule: string) => lives.reduce((sum, { refusals }) => sum + (refusals.get(rule) ?? 0), 0);

  test('[RTY-25] makes no attempt after Visa category 1, MAC 03 or MAC 21, however often he asks', () => {
    expect(seen.afterNever).toBe(0);
    expect(seen.forbidden).toBeGreaterThan(cards / 20);
    expect(refused('issuer_said_never')).toBeGreaterThan(cards / 4);
    expect(refused('credential_blocked')).toBeGreaterThan(cards / 4);
  });

  test('[RTY-25] reaches every ceiling and breaks none', ({ task }) => {
    expect(seen.most).toEqual(limits);
    expect(seen.advised).toBeGreaterThan(25 * cards);
    // Each also held an attempt back that would have come at once.
    const hit = CEILING_IDS.filter((id) => seen.most[id] === limits[id] && held(id) > 0);
    expect(hit).toEqual(CEILING_IDS);
    tellFigures(task, { 'cards': lives.length, 'ceilings hit of all there are': hit.length });
  });

  test('[RTY-25] waits as long as MAC 24 to 30 ask, and no attempt comes sooner', () => {
    expect([...seen.waits.keys()].sort()).toEqual(['24', '25', '26', '27', '28', '29', '30']);
    for (const { count, earliestMs } of seen.waits.values()) {
      expect(count).toBeGreaterThan(5);
      expect(earliestMs).toBeGreaterThanOrEqual(0);
      expect(earliestMs).toBeLessThan(HOUR);
    }
  });
});
