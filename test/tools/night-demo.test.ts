// The verdict of the night demo, over records that tell what the jobs of a night would have seen.
import { activeFault, explainingFault, KNOWN_FAULTS, type KnownFault } from '../../tools/demo/night/truth.ts';
import { BORNE, excessIn, falseAlarmsIn } from '../../tools/demo/night/false-alarms.ts';
import { Checkout } from '../../tools/demo/night/night-checkout.ts';
import { describe, expect, test } from 'vitest';
import { findingOf, leadOf, nightChecksOf } from '../../tools/demo/night/night-findings.ts';
import { nightAttempt, paymentsIn } from '../../tools/demo/night/customers.ts';
import type { NightRecord, SeenAction } from '../../tools/demo/night/night-record.ts';
import { type Sign, worthOf } from '../../tools/demo/night/signs.ts';
import { NightHouse } from '../../tools/demo/night/night-house.ts';
import { nightReport } from '../../tools/demo/night/night-report.ts';
import { nightTable } from '../../tools/demo/night/night-table.ts';
import { readdirSync } from 'node:fs';

const faultOf = (name: KnownFault['name']): KnownFault => KNOWN_FAULTS.find((fault) => fault.name === name)!;
const [OUTAGE, BROWN_OUT] = [faultOf('outage'), faultOf('brown-out')];
const [DROP, TESTING, RAMP] = [faultOf('issuer-wide drop'), faultOf('card testing'), faultOf('latency ramp')];

const TRULY: Readonly<Record<KnownFault['name'], Pick<Sign, 'kind'> & { readonly verdict: string }>> = {
  'outage': { kind: 'success_drop', verdict: 'processor' },
  'brown-out': { kind: 'success_drop', verdict: 'processor' },
  'issuer-wide drop': { kind: 'success_drop', verdict: 'issuer' },
  'card testing': { kind: 'card_testing', verdict: 'attack' },
  'latency ramp': { kind: 'latency_shift', verdict: 'unclear' },
};

/** The true word on a fault, two minutes after it began. */
function signOf(fault: KnownFault, over: Partial<Sign> = {}): Sign {
  const { kind, verdict } = TRULY[fault.name];
  return {
    ...{ by: 'find-anomalies', id: `ano_${fault.name}`, minute: fault.fromMinute + 2, kind, words: fault.name },
    ...{ place: {}, blames: [{ names: [fault.culprit], verdict }] },
    ...over,
  };
}

const openingOf = (processor: string, minute: number): Sign => ({
  ...{ by: 'breaker', id: `turn_${minute}`, minute, kind: 'breaker', words: `${processor} opened` },
  ...{ place: { processor }, blames: [{ names: [{ processor }], verdict: 'processor' }] },
});

const actOf = (over: Partial<SeenAction> = {}): SeenAction => ({
  ...{ minute: OUTAGE.untilMinute + 3, afterMinutes: 1, kind: 'ramp_back', processor: 'processor_a', scope: 'PIX|BR' },
  ...{ outcome: 'recovered', recoveryMinutes: 70 },
  ...over,
});

/** Everything was noticed, named, let back in and foretold. */
function goodNight(over: Partial<NightRecord> = {}): NightRecord {
  return {
    ...{ payments: 80_000, quietPayments: 70_000, turns: [], stillOpen: [], windows: [], forecast: [], risks: [] },
    ...{ scalings: [], models: [], armsStopped: 0, jobFault: null, actions: [actOf()] },
    signs: KNOWN_FAULTS.map((fault) => signOf(fault)),
    predictions: [
      {
        ...{ id: 'prd_1', minute: RAMP.fromMinute + 40, kind: 'latency_rising', processor: 'processor_e' },
        ...{ probability: 0.4, outcome: 'confirmed', troubleMinute: RAMP.fromMinute + 60 },
      },
    ],
    tunings: { tried: 3, kept: 2, reverted: 1 },
    losses: KNOWN_FAULTS.map(({ name }) => ({ fault: name, lost: 10, staticLost: 1_000 })),
    jobs: [{ name: 'heal', runs: 100, failed: 0, counts: {} }],
    ...over,
  };
}

const missingIn = (record: NightRecord): string[] =>
  nightChecksOf(record, KNOWN_FAULTS)
    .filter(({ isMet }) => !isMet)
    .map(({ name }) => name);

const withSigns = (...signs: readonly Sign[]): NightRecord => goodNight({ signs: [...goodNight().signs, ...signs] });

const QUIET_MINUTE = OUTAGE.fromMinute - 60;

describe('what a finding is worth', () => {
  const cases: readonly (readonly [words: string, worth: string, sign: Sign])[] = [
    ['the culprit by its name', 'fault', signOf(OUTAGE)],
    ['a breaker of the culprit', 'fault', openingOf('processor_a', OUTAGE.fromMinute + 1)],
    ['a breaker of another processor', 'wrong_cause', openingOf('processor_c', OUTAGE.fromMinute + 1)],
    ['a part of the culprit', 'fault', blamed(BROWN_OUT, { processor: 'processor_d', method: 'OXXO' }, 'processor')],
    ['all of the method', 'wrong_cause', blamed(OUTAGE, { method: 'PIX' }, 'method')],
    ['the issuer, for a processor', 'wrong_cause', blamed(BROWN_OUT, { country: 'MX' }, 'issuer')],
    ['a processor, for the issuer', 'wrong_cause', blamed(DROP, { processor: 'processor_a' }, 'processor')],
    [
      'a processor, though issuer-wide',
      'wrong_cause',
      blamed(DROP, { processor: 'processor_a', bin: '433333' }, 'issuer'),
    ],
    ['another BIN', 'wrong_cause', blamed(DROP, { bin: '422222' }, 'issuer')],
    ['more than the issuer', 'vague', blamed(DROP, { country: 'BR' }, 'issuer')],
    [
      'another name of the same payments',
      'fault',
      { ...signOf(DROP), blames: [{ names: [{ country: 'BR' }, { bin: '433333' }], verdict: 'issuer' }] },
    ],
    [
      'the culprit, and another one',
      'wrong_cause',
      {
        ...signOf(OUTAGE),
        blames: [...signOf(OUTAGE).blames, { names: [{ processor: 'processor_c' }], verdict: 'processor' }],
      },
    ],
    ['nobody yet, where it is', 'vague', { ...signOf(OUTAGE), place: { method: 'PIX', country: 'BR' }, blames: [] }],
    ['nobody, where it is not', 'nothing', { ...signOf(OUTAGE), place: { method: 'PSE' }, blames: [] }],
    ['another kind of finding', 'nothing', { ...signOf(OUTAGE), kind: 'amount_shift' }],
    [
      'traffic that has moved',
      'after_effect',
      { ...signOf(OUTAGE), kind: 'volume_spike', place: { processor: 'processor_c' }, blames: [] },
    ],
    [
      'traffic that has not',
      'nothing',
      { ...signOf(OUTAGE), kind: 'volume_spike', place: { processor: 'processor_e' }, blames: [] },
    ],
    [
      'fewer approvals in a flood of tested cards',
      'after_effect',
      {
        ...signOf(TESTING),
        kind: 'approval',
        blames: [{ names: [{ method: 'CARD', country: 'BR' }], verdict: 'issuer' }],
      },
    ],
    [
      'fewer approvals, by a processor',
      'wrong_cause',
      {
        ...signOf(TESTING),
        kind: 'approval',
        blames: [{ names: [{ processor: 'processor_a' }], verdict: 'processor' }],
      },
    ],
    ['slow answers, foretold', 'fault', { ...signOf(RAMP), by: 'foretell-trouble', kind: 'latency_rising' }],
    ['slow answers of another', 'wrong_cause', blamed(RAMP, { processor: 'processor_b' }, 'processor')],
    ['what was well', 'nothing', signOf(OUTAGE, { minute: QUIET_MINUTE })],
    ['what was over for long', 'nothing', signOf(OUTAGE, { minute: OUTAGE.untilMinute + 61 })],
  ];

  test.each(cases)('%s: %s', (_, worth, sign) => {
    expect(worthOf(sign, KNOWN_FAULTS).of).toBe(worth);
  });

  function blamed(fault: KnownFault, name: object, verdict: string): Sign {
    return signOf(fault, { blames: [{ names: [name], verdict }] });
  }
});

describe('the verdict', () => {
  test('a night in which all was noticed, named, healed and foretold lacks nothing', () => {
    expect(missingIn(goodNight())).toEqual([]);
  });

  test('a fault that nobody noticed, or noticed too late, is missing, and so is its cause', () => {
    const without = goodNight({ signs: KNOWN_FAULTS.filter((fault) => fault !== DROP).map((one) => signOf(one)) });
    expect(missingIn(without)).toEqual([
      'the issuer-wide drop was noticed',
      'the cause of the issuer-wide drop was named: BIN 433333',
    ]);
    const late = signOf(DROP, { minute: DROP.fromMinute + 41 });
    expect(missingIn({ ...without, signs: [...without.signs, late] })).toEqual(['the issuer-wide drop was noticed']);
  });

  test.each([
    ['that tells of something else', { kind: 'amount_shift' } as const, null],
    ['that blames nobody', { blames: [] }, null],
    [
      'that blames another',
      { blames: [{ names: [{ processor: 'processor_c' }], verdict: 'processor' }] },
      'nobody was told a wrong cause',
    ],
  ])('a finding in the time of a fault %s is no notice of it', (_, over, other) => {
    const signs = KNOWN_FAULTS.map((fault) => signOf(fault, fault === OUTAGE ? over : {}));
    const missing = missingIn(goodNight({ signs }));
    expect(missing.slice(0, 2)).toEqual([
      'the outage was noticed',
      'the cause of the outage was named: processor_a PIX',
    ]);
    expect(missing.slice(2)).toEqual(other === null ? [] : [other]);
  });

  test('a wrong cause is told as such beside the true one, and the night is not as it should be', () => {
    const wrong = openingOf('processor_c', OUTAGE.fromMinute + 1);
    const { notices, wrong: told } = findingOf(OUTAGE, withSigns(wrong));
    expect(notices.map(({ by }) => by)).toEqual(['find-anomalies']);
    expect(told).toEqual([{ by: 'breaker', afterMinutes: 1, words: 'processor_c opened', isVague: false }]);
    expect(missingIn(withSigns(wrong))).toEqual(['nobody was told a wrong cause']);
  });

  test('the fastest word comes first, a vague one before a clear one is told and does not count, and what came after the fault is no notice', () => {
    const vague = signOf(OUTAGE, { minute: OUTAGE.fromMinute + 1, place: { method: 'PIX' }, blames: [] });
    const record = goodNight({
      signs: [
        openingOf('processor_a', OUTAGE.fromMinute + 0.5),
        vague,
        signOf(OUTAGE),
        openingOf('processor_a', OUTAGE.fromMinute + 3),
        signOf(OUTAGE, { by: 'alert', minute: OUTAGE.untilMinute + 1 }),
      ],
    });
    expect(findingOf(OUTAGE, record).notices).toEqual([
      { by: 'breaker', afterMinutes: 0.5, words: 'processor_a opened', isVague: false },
      { by: 'find-anomalies', afterMinutes: 1, words: 'outage', isVague: true },
      { by: 'find-anomalies', afterMinutes: 2, words: 'outage', isVague: false },
    ]);
  });

  test('the cause is named only by what explains most', () => {
    const second = { names: [DROP.culprit], verdict: 'issuer' };
    const named = (blames: Sign['blames']) => findingOf(DROP, goodNight({ signs: [signOf(DROP, { blames })] })).named;
    expect(named([{ names: [{ country: 'BR' }], verdict: 'issuer' }, second])).toBeNull();
    expect(named([{ names: [{ country: 'BR' }, DROP.culprit], verdict: 'issuer' }])).toEqual({
      afterMinutes: 2,
      verdict: 'issuer',
    });
  });

  test('a breaker that stays open, a ramp that nobody foretold, a run that failed and a job that never ran are missing', () => {
    const back = 'what had failed was let back in, step by step';
    expect(missingIn(goodNight({ stillOpen: ['processor_a PIX|BR'] }))).toEqual([back]);
    expect(missingIn(goodNight({ actions: [] }))).toEqual([back]);
    expect(missingIn(goodNight({ predictions: [] }))).toEqual(['the latency ramp was foretold']);
    const jobs = 'every run of every job was done';
    const heal = { name: 'heal', runs: 9, failed: 0, counts: {} };
    expect(missingIn(goodNight({ jobs: [{ ...heal, failed: 1 }], jobFault: 'away' }))).toEqual([jobs]);
    expect(missingIn(goodNight({ jobs: [heal, { ...heal, name: 'scaling', runs: 0 }] }))).toEqual([jobs]);
    expect(leadOf(RAMP, goodNight())).toBe(20);
  });
});

describe('false alarms', () => {
  const bySomebody = (record: NightRecord): string[] =>
    falseAlarmsIn(record, KNOWN_FAULTS)
      .map(({ by }) => by)
      .filter((by) => by !== 'tune-settings');

  test('whatever no fault explains is one, once for each thing that was told of, whoever told it', () => {
    const stray = signOf(OUTAGE, { id: 'ano_stray', minute: QUIET_MINUTE });
    const opened = openingOf('processor_b', QUIET_MINUTE);
    const foretold = {
      ...opened,
      by: 'foretell-trouble' as const,
      id: 'prd_stray',
      kind: 'error_rate_rising' as const,
    };
    expect(bySomebody(withSigns(stray, { ...stray, minute: QUIET_MINUTE + 5 }, opened, foretold))).toEqual([
      'find-anomalies',
      'breaker',
      'foretell-trouble',
    ]);
  });

  test('a prediction about another processor during a fault is one, and blames nobody for the fault', () => {
    const foretold = {
      ...openingOf('processor_b', OUTAGE.fromMinute + 5),
      by: 'foretell-trouble' as const,
      id: 'prd_b',
    };
    expect(worthOf(foretold, KNOWN_FAULTS)).toEqual({ of: 'nothing' });
    expect(worthOf({ ...foretold, by: 'breaker' }, KNOWN_FAULTS)).toMatchObject({ of: 'wrong_cause' });
    expect(bySomebody(withSigns(foretold))).toEqual(['foretell-trouble']);
  });

  test('what is explained later, or is the after-effect of a fault, is none', () => {
    const early = signOf(OUTAGE, { minute: OUTAGE.fromMinute - 1 });
    const moved = signOf(OUTAGE, {
      id: 'ano_moved',
      kind: 'volume_drop',
      place: { processor: 'processor_a' },
      blames: [],
    });
    expect(bySomebody(withSigns(early, { ...moved, minute: OUTAGE.untilMinute + 50 }))).toEqual([]);
    expect(bySomebody(withSigns({ ...moved, minute: OUTAGE.untilMinute + 70 }))).toEqual(['find-anomalies']);
  });

  test('acts on what is well, windows for nothing, changes taken back and arms stopped are false', () => {
    const record = goodNight({
      actions: [
        actOf(),
        actOf({ processor: 'processor_b' }),
        actOf({ minute: QUIET_MINUTE }),
        actOf({ processor: null }),
      ],
      signs: [...goodNight().signs, { ...openingOf('processor_b', QUIET_MINUTE), by: 'foretell-trouble', id: 'prd_2' }],
      windows: [
        { processor: 'processor_b', minute: 200, predictionId: 'prd_2' },
        { processor: 'processor_d', minute: 200, predictionId: 'prd_true' },
      ],
      scalings: [
        { minute: 100, from: 2, to: 3 },
        { minute: 110, from: 3, to: 2 },
        { minute: 200, from: 2, to: 3 },
        { minute: 260, from: 3, to: 2 },
      ],
      armsStopped: 1,
    });
    expect(bySomebody(record)).toEqual([
      ...['foretell-trouble', 'heal', 'heal', 'heal', 'keep-maintenance', 'scaling', 'judge-experiments'],
    ]);
  });

  test('as many as are borne of each job are no storm, one more is', () => {
    for (const by of ['find-anomalies', 'judge-experiments']) {
      const alarm = { by, minute: 0, words: '' };
      const some = Array.from({ length: BORNE[by] ?? 0 }, () => alarm);
      expect(excessIn(some)).toEqual([]);
      expect(excessIn([...some, alarm])).toEqual([{ by, count: some.length + 1, borne: BORNE[by] ?? 0 }]);
    }
    const strays = Array.from({ length: 9 }, (_, at) => signOf(OUTAGE, { id: `ano_${at}`, minute: QUIET_MINUTE }));
    expect(missingIn(withSigns(...strays))).toEqual(['no job cried wolf more often than is borne']);
  });
});

describe('the report', () => {
  test('tells each fault with its times and its money, what each job did, and whom nobody noticed', () => {
    const record = goodNight({
      signs: [signOf(OUTAGE), openingOf('processor_c', OUTAGE.fromMinute + 1)],
      risks: [{ fault: 'outage', atRisk: { minorPerHour: 100_000, currency: 'BRL' } }],
      jobs: [
        { name: 'heal', runs: 2_880, failed: 0, counts: {} },
        { name: 'wake-streams', runs: 2_880, failed: 1, counts: { streams_woken: 0 } },
      ],
    });
    const text = nightReport(record, KNOWN_FAULTS, nightChecksOf(record, KNOWN_FAULTS));
    expect(text).toContain('outage  day 1 10:00 to 11:00');
    expect(text).toMatch(/noticed +2 min +find-anomalies +outage/);
    expect(text).toMatch(/wrong cause +1 min +breaker +processor_c opened/);
    expect(text).toMatch(/named +2 min +the culprit: the processor is at fault/);
    expect(text).toContain('1,000 BRL an hour');
    expect(text).toContain('$10; static routing: $1,000');
    expect(text).toMatch(/heal +2880 runs +1 acts, 1 recovered/);
    expect(text).toMatch(/wake-streams +2880 runs +found nothing to do; 1 runs failed/);
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
    const failed = (processor: string, minute: number): number => {
      const pix = Array.from({ length: 40 }, (_, at) => paymentsIn(1, minute + at)).flat();
      const its = pix.filter(({ segment }) => segment === 'PIX|BR');
      return its.filter((one) => nightAttempt(1, one, processor, minute).result === 'error').length / its.length;
    };
    expect(failed('processor_a', OUTAGE.fromMinute)).toBeGreaterThan(0.8);
    expect(failed('processor_c', OUTAGE.fromMinute)).toBeLessThan(0.1);
    expect(failed('processor_a', OUTAGE.untilMinute)).toBeLessThan(0.1);
  });

  test('one fault is at work at a time, and what it explains is never explained by two', () => {
    for (const [at, fault] of KNOWN_FAULTS.entries()) {
      expect(activeFault(fault.fromMinute)).toBe(fault);
      expect(explainingFault(KNOWN_FAULTS, fault.untilMinute)).toBe(fault);
      expect(explainingFault(KNOWN_FAULTS, fault.untilMinute + 60)).not.toBe(fault);
      expect(fault.fromMinute).toBeGreaterThanOrEqual((KNOWN_FAULTS[at - 1]?.untilMinute ?? -60) + 60);
    }
  });
});

describe('the jobs', () => {
  test('every job of the Worker has its place in the night', () => {
    const files = readdirSync(new URL('../../workers', import.meta.url)).filter((name) => name.endsWith('.ts'));
    const jobs = files.map((name) => name.replace('.ts', '')).filter((name) => name !== 'index');
    const house = new NightHouse('postgres://nobody:nothing@127.0.0.1/none', 1, 0);
    expect(
      nightTable(house)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(jobs.toSorted());
  });

  test('the house has what the jobs reach for that ask no history', async () => {
    const house = new NightHouse('postgres://nobody:nothing@127.0.0.1/none', 1, OUTAGE.fromMinute * 60_000);
    await house.register();
    await new Checkout(house, 1, 0).sell(OUTAGE.fromMinute);
    const asking = ['find-anomalies', 'foretell-trouble', 'retire-history', 'roll-up-history', 'train-priors'];
    const shift = { token: 1, scheduledMs: 0, watermarkMs: null, cursor: null, signal: new AbortController().signal };
    const counts: Record<string, number> = {};
    for (const job of nightTable(house).filter(({ name }) => ![...asking, 'tune-settings'].includes(name)))
      await job.run({ ...shift, count: (more) => void Object.assign(counts, more) });
    expect(counts).toMatchObject({ boards_swept: 1, processors_swept: 5, objects_measured: 6, actions_begun: 0 });
    expect(counts).toMatchObject({ streams_woken: 0, windows_open: 0, instances: 2, experiments_judged: 1 });
  });
});
