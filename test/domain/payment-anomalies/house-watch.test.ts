import { describe, expect, test } from 'vitest';
import {
  type House,
  learnMinutes,
  type MinuteBatch,
  SCOPES_MAX,
  type ScopeMinute,
} from '../../../src/domain/payment-anomalies/house-watch.ts';
import { ANOMALY_SETTINGS_DEFAULT } from '../../../src/domain/payment-anomalies/anomaly-settings.ts';
import { EMPTY_INCIDENT_BOOK } from '../../../src/domain/payment-anomalies/incident-book.ts';
import {
  duringMinutes,
  minutesPerQuestion,
  planReading,
  usualMinutes,
} from '../../../src/domain/payment-anomalies/reading-plan.ts';

const minuteOf = (scope: string, minute: number, over: Partial<ScopeMinute> = {}): ScopeMinute => ({
  ...{ scope, minute, attempts: 10, failures: 0, declines: 1, approvals: 9, invalidDeclines: 0, latency: null },
  ...{
    errorCodes: {},
    declineCodes: {},
    amountBins: {},
    fingerprintsDistinct: 0,
    busiestFingerprint: 0,
    busiestBin: 0,
  },
  amounts: { BRL: { attempts: 10, minor: 1_000 } },
  ...over,
});
const newHouse = (): House => ({ scopes: new Map(), book: EMPTY_INCIDENT_BOOK, anomalies: [] });
function learn(house: House, minutes: readonly ScopeMinute[], from: number, through: number) {
  const batch: MinuteBatch = { afterMinute: from - 1, fromMinute: from, throughMinute: through, minutes, expected: [] };
  return learnMinutes(house, batch, ANOMALY_SETTINGS_DEFAULT, { symptom: () => 'ano_1', anomaly: () => 'ano_2' });
}

describe('scopes', () => {
  test('[ANM-7] the widest and then the busiest are watched, up to 160, and forgotten after eight days without an attempt', () => {
    const house = newHouse();
    const routes = Array.from({ length: 300 }, (_, index) =>
      minuteOf(`route:p|M${index}|BR`, 100, { attempts: index + 1 }),
    );
    learn(house, [...routes, minuteOf('processor:p', 100), minuteOf('*', 100)], 100, 100);
    expect(house.scopes.size).toBe(SCOPES_MAX);
    expect([...house.scopes.keys()].slice(0, 3)).toEqual(['*', 'processor:p', 'route:p|M299|BR']);
    expect(house.scopes.has('route:p|M1|BR')).toBe(false);
    const eightDays = 8 * 1_440;
    expect(learn(house, [], 100 + eightDays, 100 + eightDays).forgotten).toEqual([]);
    expect(learn(house, [], 101 + eightDays, 101 + eightDays).forgotten).toHaveLength(SCOPES_MAX - 1);
    expect([...house.scopes.keys()]).toEqual(['*']);
  });

  test('[ANM-7] before its first attempt nothing is known of a scope, after it none is zero', () => {
    const house = newHouse();
    learn(house, [minuteOf('*', 105)], 100, 107);
    const { watch } = house.scopes.get('*')!;
    expect(watch.minute).toBe(107);
    expect(watch.attempts.season.herePer).toBe(3);
  });

  test('[ANM-16] amounts are of one currency, which changes when another has twice the attempts', () => {
    const house = newHouse();
    const both = (usd: number) => ({ BRL: { attempts: 10, minor: 1_000 }, USD: { attempts: usd, minor: 77 } });
    learn(house, [minuteOf('*', 1, { amounts: both(9) })], 1, 1);
    expect(house.scopes.get('*')).toMatchObject({ currency: 'BRL', watch: { recent: { amountMinor: 1_000 } } });
    learn(house, [minuteOf('*', 2, { amounts: both(20) })], 2, 2);
    expect(house.scopes.get('*')!.currency).toBe('BRL');
    learn(house, [minuteOf('*', 3, { amounts: both(21) })], 3, 3);
    expect(house.scopes.get('*')!.currency).toBe('USD');
    learn(house, [], 4, 4);
    expect(house.scopes.get('*')!.currency).toBe('USD');
  });
});

describe('reading', () => {
  const at = (minute: number, seconds: number): number => minute * 60_000 + seconds * 1_000;

  test('[ANM-1] through the last minute that ended 5 s ago, up to what is unsent', () => {
    expect(planReading(at(200, 4), 150, []).untilMinute).toBe(198);
    expect(planReading(at(200, 5), 150, [null])).toEqual({ fromMinute: 151, untilMinute: 199, isSetBack: false });
    expect(planReading(at(200, 5), 150, [null, at(180, 59)]).untilMinute).toBe(179);
    expect(planReading(at(200, 5), 150, ['away', at(195, 0)]).untilMinute).toBe(189);
  });

  test('[ANM-6] a book a few minutes ahead waits, one further ahead is set back', () => {
    expect(planReading(at(200, 30), 204, [])).toMatchObject({ fromMinute: 205, untilMinute: 199, isSetBack: false });
    expect(planReading(at(200, 30), 205, [])).toEqual({ fromMinute: 199, untilMinute: 199, isSetBack: true });
  });

  test('[ANM-4] a question is for an hour, 150,000 attempts or 3,000 minutes of scopes, and at least for a minute', () => {
    expect(minutesPerQuestion(0, 0, 0)).toBe(60);
    expect(minutesPerQuestion(15_000, 10, 0)).toBe(10);
    expect(minutesPerQuestion(10, 160, 0)).toBe(18);
    expect(minutesPerQuestion(10, 10, 1)).toBe(7);
    expect(minutesPerQuestion(1e9, 160, 2)).toBe(1);
  });

  test('[ANM-9] for causes a day and an hour are looked at where there is little traffic, and less where there is much', () => {
    expect([0, 100, 2_500, 84_000].map(usualMinutes)).toEqual([1_440, 1_440, 120, 5]);
    expect([0, 100, 2_500, 84_000].map(duringMinutes)).toEqual([60, 60, 40, 1]);
  });
});
