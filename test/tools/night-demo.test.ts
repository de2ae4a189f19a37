// The verdict of the night demo, over records that tell what the jobs of a night would have seen.
import { describe, expect, test } from 'vitest';
import { activeFault, isWatched, KNOWN_FAULTS, type KnownFault } from '../../tools/demo/night/truth.ts';
import {
  falseAlarmsIn,
  findingOf,
  leadOf,
  nightChecksOf,
  FALSE_ALARMS_MAX,
} from '../../tools/demo/night/night-findings.ts';
import type { NightRecord, SeenAnomaly } from '../../tools/demo/night/night-record.ts';
import { nightAttempt, paymentsIn } from '../../tools/demo/night/customers.ts';
import { nightReport } from '../../tools/demo/night/night-report.ts';

const faultOf = (name: KnownFault['name']): KnownFault => KNOWN_FAULTS.find((fault) => fault.name === name)!;

const anomalyOf = (fault: KnownFault, over: Partial<SeenAnomaly> = {}): SeenAnomaly => ({
  ...{ kind: 'success_drop', severity: 'major', isJoined: false, text: fault.name, closedMinute: fault.untilMinute },
  noticedMinute: fault.fromMinute + 2,
  namings: [{ minute: fault.fromMinute + 7, cause: fault.culprit, alsoNamed: [], verdict: 'processor' }],
  atRisk: { minorPerHour: 100_000, currency: 'BRL' },
  ...over,
});

/** Everything was noticed, named, let back in and foretold. */
function goodNight(over: Partial<NightRecord> = {}): NightRecord {
  const [outage, ramp] = [faultOf('outage'), faultOf('latency ramp')];
  return {
    ...{ payments: 80_000, quietPayments: 70_000, turns: [], alerts: [], stillOpen: [], windows: [], forecast: [] },
    anomalies: KNOWN_FAULTS.map((fault) => anomalyOf(fault)),
    actions: [
      {
        ...{ minute: outage.untilMinute + 3, kind: 'ramp_back', processor: 'processor_a', scope: 'PIX|BR' },
        ...{ outcome: 'recovered', recoveryMinutes: 70 },
      },
    ],
    predictions: [
      {
        ...{ minute: ramp.fromMinute + 40, kind: 'latency_rising', processor: 'processor_e', probability: 0.4 },
        ...{ outcome: 'confirmed', troubleMinute: ramp.fromMinute + 60 },
      },
    ],
    tunings: { tried: 3, kept: 2, reverted: 1 },
    losses: KNOWN_FAULTS.map(({ name }) => ({ fault: name, lost: 10, staticLost: 1_000 })),
    jobs: [{ name: 'heal', runs: 100, failed: 0 }],
    jobFault: null,
    ...over,
  };
}

const missingIn = (record: NightRecord): string[] =>
  nightChecksOf(record, KNOWN_FAULTS)
    .filter(({ isMet }) => !isMet)
    .map(({ name }) => name);

describe('the verdict', () => {
  test('a night in which all was noticed, named, healed and foretold lacks nothing', () => {
    expect(missingIn(goodNight())).toEqual([]);
  });

  test('a fault that nobody noticed, or noticed too late, is missing, and so is its cause', () => {
    const drop = faultOf('issuer-wide drop');
    const without = goodNight({
      anomalies: KNOWN_FAULTS.filter((fault) => fault !== drop).map((one) => anomalyOf(one)),
    });
    expect(missingIn(without)).toEqual([
      'the issuer-wide drop was noticed',
      'the cause of the issuer-wide drop was named: BIN 433333',
    ]);
    const late = anomalyOf(drop, { noticedMinute: drop.fromMinute + 41 });
    expect(missingIn({ ...without, anomalies: [...without.anomalies, late] })).toEqual([
      'the issuer-wide drop was noticed',
    ]);
  });

  test('another cause than the culprit is not its name, another name of the same payments is', () => {
    const drop = faultOf('issuer-wide drop');
    const named = (cause: object, alsoNamed: object[]) =>
      findingOf(
        drop,
        goodNight({
          anomalies: [
            anomalyOf(drop, { namings: [{ minute: drop.fromMinute + 9, cause, alsoNamed, verdict: 'issuer' }] }),
          ],
        }),
      ).named;
    expect(named({ processor: 'processor_a', bin: '433333' }, [])).toBeNull();
    expect(named({ country: 'BR' }, [{ bin: '433333' }])).toEqual({ afterMinutes: 9, verdict: 'issuer' });
  });

  test('the fastest word comes first, and what came after the fault, or is of another processor, is no notice of it', () => {
    const outage = faultOf('outage');
    const record = goodNight({
      turns: [
        { minute: outage.fromMinute + 0.5, processor: 'processor_a', scope: 'PIX|BR', to: 'OPEN' },
        { minute: outage.fromMinute - 1, processor: 'processor_a', scope: '*', to: 'OPEN' },
        { minute: outage.fromMinute, processor: 'processor_b', scope: '*', to: 'OPEN' },
      ],
      alerts: [{ minute: outage.untilMinute + 1, processor: 'processor_a', scope: 'PIX|BR', kind: 'breaker' }],
    });
    expect(findingOf(outage, record).notices).toEqual([
      { by: 'breaker', afterMinutes: 0.5, what: 'processor_a PIX|BR opened' },
      { by: 'find-anomalies', afterMinutes: 2, what: 'success_drop' },
    ]);
  });

  test('what no fault explains is a false alarm, unless it is told to nobody, and a few are no storm', () => {
    const outage = faultOf('outage');
    const stray = anomalyOf(outage, { noticedMinute: outage.fromMinute - 60 });
    const quiet = [anomalyOf(outage, { ...stray, severity: 'info' }), anomalyOf(outage, { ...stray, isJoined: true })];
    const few = Array.from({ length: FALSE_ALARMS_MAX }, () => stray);
    const record = (more: SeenAnomaly[]) => goodNight({ anomalies: [...goodNight().anomalies, ...quiet, ...more] });
    expect(falseAlarmsIn(record(few), KNOWN_FAULTS)).toHaveLength(FALSE_ALARMS_MAX);
    expect(missingIn(record(few))).toEqual([]);
    expect(missingIn(record([...few, stray]))).toEqual(['no storm of false alarms']);
  });

  test('a breaker that stays open, a ramp that nobody foretold and a run that failed are missing', () => {
    expect(missingIn(goodNight({ stillOpen: ['processor_a PIX|BR'] }))).toEqual([
      'what had failed was let back in, step by step',
    ]);
    expect(missingIn(goodNight({ predictions: [] }))).toEqual(['the latency ramp was foretold']);
    expect(missingIn(goodNight({ jobs: [{ name: 'heal', runs: 9, failed: 1 }], jobFault: 'away' }))).toEqual([
      'every run of every job was done',
    ]);
    expect(leadOf(faultOf('latency ramp'), goodNight())).toBe(20);
  });
});

describe('the report', () => {
  test('tells each fault with its times and its money, and whom nobody noticed', () => {
    const record = goodNight({ anomalies: [anomalyOf(faultOf('outage'))] });
    const text = nightReport(record, KNOWN_FAULTS, nightChecksOf(record, KNOWN_FAULTS));
    expect(text).toContain('outage  day 1 10:00 to 11:00');
    expect(text).toMatch(/noticed +2 min +find-anomalies +success_drop/);
    expect(text).toMatch(/named +7 min +the culprit: the processor is at fault/);
    expect(text).toContain('1,000 BRL an hour');
    expect(text).toContain('$10; static routing: $1,000');
    expect(text.match(/by nobody/g)).not.toBeNull();
    expect(text).toMatch(/Not as it should be: .*card testing was noticed/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the simulated traffic', () => {
  test('a seed always brings the same payments, another seed others', () => {
    expect(paymentsIn(7, 700)).toEqual(paymentsIn(7, 700));
    expect(paymentsIn(7, 700)).not.toEqual(paymentsIn(8, 700));
  });

  test('faults hit their culprit and nobody else', () => {
    const outage = faultOf('outage');
    const failed = (processor: string, minute: number): number => {
      const pix = Array.from({ length: 40 }, (_, at) => paymentsIn(1, minute + at)).flat();
      const its = pix.filter(({ segment }) => segment === 'PIX|BR');
      return its.filter((one) => nightAttempt(1, one, processor, minute).result === 'error').length / its.length;
    };
    expect(failed('processor_a', outage.fromMinute)).toBeGreaterThan(0.8);
    expect(failed('processor_c', outage.fromMinute)).toBeLessThan(0.1);
    expect(failed('processor_a', outage.untilMinute)).toBeLessThan(0.1);
  });

  test('one fault is at work at a time, and all of them in hours that are watched each minute', () => {
    for (const [at, fault] of KNOWN_FAULTS.entries()) {
      expect(activeFault(fault.fromMinute)).toBe(fault);
      expect(fault.fromMinute).toBeGreaterThan(KNOWN_FAULTS[at - 1]?.untilMinute ?? 0);
      for (let minute = fault.fromMinute; minute < fault.untilMinute; minute += 1) expect(isWatched(minute)).toBe(true);
    }
  });
});
