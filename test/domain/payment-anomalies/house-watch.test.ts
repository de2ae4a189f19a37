import { describe, expect, test } from 'vitest';
import {
  type House,
  learnMinutes,
  type MinuteBatch,
  SCOPES_MAX,
  type ScopeMinute,
  setBack,
} from '../../../src/domain/payment-anomalies/house-watch.ts';
import { ANOMALY_SETTINGS_DEFAULT } from '../../../src/domain/payment-anomalies/anomaly-settings.ts';
import { NO_ACTS } from '../../../src/domain/payment-anomalies/known-acts.ts';
import { applyFindings, EMPTY_INCIDENT_BOOK } from '../../../src/domain/payment-anomalies/incident-book.ts';
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
const newHouse = (): House => ({ scopes: new Map(), book: EMPTY_INCIDENT_BOOK, anomalies: [], acts: NO_ACTS });
function learn(house: House, minutes: readonly ScopeMinute[], from: number, through: number) {
  const batch: MinuteBatch = {
    afterMinute: from - 1,
    fromMinute: from,
    throughMinute: through,
    minutes,
    expected: [],
    acts: [],
  };
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

describe('series', () => {
  test('[ANM-19] are of the house and its first 24 processors; they are kept, and those of a clock that was set back are not', () => {
    const house = newHouse();
    const processors = Array.from({ length: 40 }, (_, index) => minuteOf(`processor:p${index + 10}`, 100));
    learn(house, [...processors, minuteOf('*', 100), minuteOf('segment:PIX|BR', 100)], 100, 100);
    const withSeries = [...house.scopes].flatMap(([scope, { series }]) => (series === null ? [] : [scope]));
    expect(withSeries).toHaveLength(25);
    expect(withSeries.slice(0, 2)).toEqual(['*', 'processor:p10']);
    const { series } = house.scopes.get('*')!;
    expect(series!.series.volume.observed).toBe(10);
    learn(house, [minuteOf('*', 101)], 101, 101);
    expect(house.scopes.get('*')!.series).toBe(series);
    expect([...house.scopes].filter(([, kept]) => kept.series !== null)).toHaveLength(25);
    setBack(house, 90);
    expect(house.scopes.get('*')!.series!.series.volume.observed).toBeNull();
  });

  test('[ANM-20] after the clock was set back nothing that was found ahead of it comes back, and no false alarm counts for longer than 14 days', () => {
    const ahead = 40 * 1_440;
    const remembered = { scope: '*', kind: 'success_drop', untilMinute: ahead } as const;
    const house = { ...newHouse(), book: { ...EMPTY_INCIDENT_BOOK, falseAlarms: [remembered] } };
    const finding = {
      kind: 'volume_drop',
      severity: 'major',
      effect: 1,
      evidence: {},
      minorAtRiskPerMinute: null,
    } as const;
    const found = applyFindings(house.book, { scope: '*', minute: ahead }, [finding], () => 'ano_1');
    const over = applyFindings(found.book, { scope: '*', minute: ahead + 9 }, [], () => 'ano_1');
    const back = setBack({ ...house, book: { ...over.book, muted: [remembered] } }, 1_440).book;
    expect(back.falseAlarms).toMatchObject([{ untilMinute: 15 * 1_440 }]);
    expect(back.muted).toMatchObject([{ untilMinute: 1_455 }]);
    const again = applyFindings({ ...back, muted: [] }, { scope: '*', minute: 1_441 }, [finding], () => 'ano_2');
    expect(again.book.open).toMatchObject([{ id: 'ano_2', openedMinute: 1_441 }]);
    const opened = setBack({ ...house, book: found.book }, 1_440).book;
    expect(applyFindings(opened, { scope: '*', minute: 1_441 }, [finding], () => 'ano_3').book.open).toMatchObject([
      { id: 'ano_3', openedMinute: 1_441 },
    ]);
  });
});

describe('several faults', () => {
  test('[ANM-8] a silence of the house, an outage of one processor and a rush everywhere are three anomalies', () => {
    const house: { -readonly [Key in keyof House]: House[Key] } = newHouse();
    const [from, silence] = [29_400_480, 29_400_480 + 2 * 1_440 + 600];
    const all = new Map<string, (typeof house.anomalies)[number]>();
    let drawn = 0;
    const draw = (): string => `ano_${(drawn += 1)}`;
    for (let minute = from; minute < silence + 40; minute += 1) {
      const isRush = minute >= silence + 9;
      const minutes = minute >= silence && !isRush ? [] : trafficOf(minute, isRush);
      const batch = { afterMinute: minute - 1, fromMinute: minute, throughMinute: minute, minutes, acts: [] };
      const expected = ['p', 'q', 'r'];
      const ids = { symptom: draw, anomaly: draw };
      const learned = learnMinutes(house, { ...batch, expected }, ANOMALY_SETTINGS_DEFAULT, ids);
      Object.assign(house, { book: learned.book, acts: learned.acts, anomalies: learned.anomalies });
      for (const anomaly of learned.anomalies) all.set(anomaly.id, anomaly);
    }
    const told = [...all.values()].filter(({ closedAs }) => closedAs !== 'joined');
    expect(told.map(({ kind, scope }) => `${kind} ${scope}`)).toEqual([
      'volume_drop *',
      'success_drop processor:q',
      'volume_spike *',
    ]);
    const kinds = told.map(({ symptoms }) => [...new Set(symptoms.map(({ kind }) => kind))]);
    expect(kinds[0]).toEqual(['volume_drop']);
    expect(kinds[1]).not.toContain('volume_spike');
    expect(kinds[2]).toEqual(['volume_spike']);
    for (const { symptoms } of told)
      for (const { kind, evidence } of symptoms)
        if (kind === 'volume_drop')
          expect(evidence['attemptsPerMinute']).toBeLessThan(Number(evidence['usualPerMinute']));
  });

  /** 12 attempts a minute, one in ten declined; in the rush 240, and all of `q` fail. */
  function trafficOf(minute: number, isRush: boolean): ScopeMinute[] {
    const of = (scope: string, attempts: number, failing: number): ScopeMinute => {
      const declines = Math.floor((attempts - failing) / 10) + Number(minute % 10 === 0);
      const approvals = attempts - failing - declines;
      const counts = { attempts, failures: failing, declines, approvals, errorCodes: { http_503: failing } };
      return minuteOf(scope, minute, { ...counts, amounts: { BRL: { attempts, minor: 100 * attempts } } });
    };
    const each = (isRush ? 80 : 4) + (minute % 2);
    const down = isRush ? each : 0;
    const own = [
      ['p', 'BR', 0],
      ['q', 'KE', down],
      ['r', 'MX', 0],
    ] as const;
    return [
      of('*', 3 * each, down),
      ...own.flatMap(([id, country, failing]) =>
        [`processor:${id}`, `segment:PIX|${country}`, `route:${id}|PIX|${country}`].map((scope) =>
          of(scope, each, failing),
        ),
      ),
    ];
  }
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
