// `node lab/payment-anomalies/precision.ts [houses]`: how much of what the house raises is a fault, how much of the faults is found, and whether the cause is named.
import { explainAnomaly, isExplainable, type SlowLeaf } from '../../src/domain/payment-anomalies/explain-anomaly.ts';
import { type House, learnMinutes } from '../../src/domain/payment-anomalies/house-watch.ts';
import { type HouseAttempt, type HouseFault, houseMinutes, PROCESSORS } from './house.ts';
import { ANOMALY_SETTINGS_DEFAULT } from '../../src/domain/payment-anomalies/anomaly-settings.ts';
import type { Anomaly } from '../../src/domain/payment-anomalies/anomaly.ts';
import { columns } from '../report/table.ts';
import type { Combination } from '../../src/domain/localisation/leaf-table.ts';
import { EMPTY_INCIDENT_BOOK } from '../../src/domain/payment-anomalies/incident-book.ts';
import { wilson } from '../../src/domain/evaluation/wilson.ts';

const FROM = 29_400_480;
const PER_MINUTE = 40;
/** Two days are quiet: what is usual is learned from them, and what they raise is false. */
const QUIET_DAYS = 2;
const FAULTS_PER_DAY = 3;
const FAULT_MINUTES = 40;
/** What is raised so long after a fault's end is its end. */
const AFTER_MINUTES = 30;
const USUAL_MINUTES = 1_440;

type Hit = NonNullable<HouseFault['hit']>;
const failing =
  (share: number, is: (attempt: HouseAttempt) => boolean): Hit =>
  (attempt, draw) => {
    if (is(attempt) && draw() < share) Object.assign(attempt, { outcome: 'failed', code: 'http_503' });
  };
const declining =
  (share: number, is: (attempt: HouseAttempt) => boolean): Hit =>
  (attempt, draw) => {
    if (is(attempt) && draw() < share) Object.assign(attempt, { outcome: 'declined', code: 'do_not_honor' });
  };
const slower: Hit = (attempt) => {
  if (attempt.processor === 'beta') attempt.latencyMs *= 3;
};
const dearer: Hit = (attempt) => {
  attempt.amountMinor *= 5;
};

const FAULTS: readonly HouseFault[] = [
  {
    name: 'outage of a processor',
    kinds: ['success_drop'],
    cause: { processor: 'beta' },
    hit: failing(1, ({ processor }) => processor === 'beta'),
  },
  {
    name: 'brown-out of a processor',
    kinds: ['success_drop'],
    cause: { processor: 'alpha' },
    hit: failing(0.4, ({ processor }) => processor === 'alpha'),
  },
  {
    name: 'a processor in a country',
    kinds: ['success_drop'],
    cause: { processor: 'beta', country: 'MX' },
    hit: failing(0.8, ({ processor, country }) => processor === 'beta' && country === 'MX'),
  },
  {
    name: 'a BIN, issuer-wide',
    kinds: ['success_drop'],
    cause: { bin: '522222' },
    hit: declining(0.85, ({ bin }) => bin === '522222'),
  },
  {
    name: 'a country, issuer-wide',
    kinds: ['success_drop'],
    cause: { country: 'MX' },
    hit: declining(0.5, ({ country }) => country === 'MX'),
  },
  {
    name: 'a method',
    kinds: ['success_drop'],
    cause: { method: 'PIX' },
    hit: failing(0.6, ({ method }) => method === 'PIX'),
  },
  { name: 'slow answers', kinds: ['latency_shift'], cause: { processor: 'beta' }, hit: slower },
  { name: 'a fifth of the volume', kinds: ['volume_drop'], cause: null, volumeTimes: 0.2 },
  { name: 'five times the volume', kinds: ['volume_spike'], cause: null, volumeTimes: 5 },
  { name: 'card testing', kinds: ['card_testing'], cause: { country: 'BR', bin: '411111' }, cardTests: 40 },
  { name: 'amounts times five', kinds: ['amount_shift'], cause: null, hit: dearer },
  {
    name: 'one decline code',
    kinds: ['success_drop', 'decline_mix'],
    cause: { processor: 'alpha' },
    hit: declining(0.3, ({ processor }) => processor === 'alpha'),
  },
];

interface Occasion {
  readonly fault: HouseFault;
  readonly from: number;
}

function occasionsOf(house: number): Occasion[] {
  const days = FAULTS.length / FAULTS_PER_DAY;
  return Array.from({ length: days * FAULTS_PER_DAY }, (_, index) => ({
    fault: FAULTS[(index * 5 + house) % FAULTS.length]!,
    from:
      FROM +
      (QUIET_DAYS + Math.floor(index / FAULTS_PER_DAY)) * 1_440 +
      480 +
      (index % FAULTS_PER_DAY) * 240 +
      house * 17,
  }));
}

function watchHouse(house: number, occasions: readonly Occasion[]): Anomaly[] {
  const state: { -readonly [Key in keyof House]: House[Key] } = {
    scopes: new Map(),
    book: EMPTY_INCIDENT_BOOK,
    anomalies: [],
  };
  const all = new Map<string, Anomaly>();
  const leaves = new Map<number, readonly SlowLeaf[]>();
  let drawn = 0;
  const draw = (): string => `ano_${(drawn += 1)}`;
  const window = (from: number, through: number) => ({
    minutes: through - from + 1,
    leaves: Array.from({ length: through - from + 1 }, (_, index) => leaves.get(from + index) ?? []).flat(),
  });
  const faultAt = (minute: number): HouseFault | null =>
    occasions.find(({ from }) => minute >= from && minute < from + FAULT_MINUTES)?.fault ?? null;
  const days = QUIET_DAYS + occasions.length / FAULTS_PER_DAY;
  for (const told of houseMinutes({ name: `house ${house}`, perMinute: PER_MINUTE, days, from: FROM }, faultAt)) {
    const { minute } = told;
    leaves.set(minute, told.leaves);
    const batch = {
      afterMinute: minute - 1,
      fromMinute: minute,
      throughMinute: minute,
      minutes: told.scopes,
      expected: PROCESSORS,
    };
    const { book, anomalies } = learnMinutes(state, batch, ANOMALY_SETTINGS_DEFAULT, { symptom: draw, anomaly: draw });
    state.book = book;
    state.anomalies = anomalies.map((anomaly) => {
      const isDue = anomaly.localisedMinute === null || minute >= anomaly.localisedMinute + 5;
      if (anomaly.closedMinute !== null || !isExplainable(anomaly.kind) || !isDue) return anomaly;
      const { kind, openedMinute } = anomaly;
      const usual = window(openedMinute - 19 - USUAL_MINUTES, openedMinute - 20);
      const causes = explainAnomaly(kind, usual, window(Math.max(openedMinute - 2, minute - 59), minute));
      return { ...anomaly, causes: causes.length === 0 ? anomaly.causes : causes, localisedMinute: minute };
    });
    for (const anomaly of state.anomalies) all.set(anomaly.id, anomaly);
    state.anomalies = state.anomalies.filter(
      ({ closedMinute }) => closedMinute === null || minute - closedMinute <= 15,
    );
  }
  return [...all.values()].filter(({ closedAs }) => closedAs !== 'joined');
}

const ATTRIBUTES = ['processor', 'method', 'country', 'bin'] as const;
const isNamed = (named: Combination | undefined, cause: Combination): boolean =>
  named !== undefined && ATTRIBUTES.every((attribute) => named[attribute] === cause[attribute]);

const houses = Number(process.argv[2] ?? 3);
const delays: number[] = [];
const sums = { raised: 0, trueAlarms: 0, repeats: 0, faults: 0, found: 0, named: 0, nameable: 0 };
const rows = new Map(
  FAULTS.map(({ name }) => [name, { times: 0, found: 0, named: 0, delays: [] as number[], kinds: new Set<string>() }]),
);
for (let house = 0; house < houses; house += 1) {
  const occasions = occasionsOf(house);
  const raised = watchHouse(house, occasions);
  const matched = new Set<string>();
  for (const { fault, from } of occasions) {
    const row = rows.get(fault.name)!;
    const of = raised.filter(
      ({ openedMinute }) => openedMinute >= from && openedMinute < from + FAULT_MINUTES + AFTER_MINUTES,
    );
    for (const { id } of of) matched.add(id);
    const [first] = of.filter(({ openedMinute }) => openedMinute < from + FAULT_MINUTES);
    row.times += 1;
    sums.repeats += Math.max(0, of.length - 1);
    if (fault.cause !== null) sums.nameable += 1;
    if (first === undefined) continue;
    row.found += 1;
    row.kinds.add(first.kind);
    row.delays.push(first.openedMinute - from + 1);
    delays.push(first.openedMinute - from + 1);
    if (fault.cause === null) continue;
    if (isNamed(first.causes[0]?.combination, fault.cause)) row.named += 1;
    else
      process.stderr.write(
        `${fault.name}, house ${house}: ${JSON.stringify(first.causes.map(({ combination }) => combination))}\n`,
      );
  }
  sums.raised += raised.length;
  sums.faults += occasions.length;
  for (const anomaly of raised.filter(({ id }) => !matched.has(id)))
    process.stderr.write(
      `false, house ${house}: ${anomaly.kind} ${anomaly.scope} ${anomaly.severity} day ${((anomaly.openedMinute - FROM) / 1_440).toFixed(2)}\n`,
    );
}
for (const row of rows.values()) {
  sums.found += row.found;
  sums.named += row.named;
}
sums.trueAlarms = sums.found;
const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? NaN;
const table = [...rows].map(([name, row]) => [
  name,
  `${row.found}/${row.times}`,
  `${median(row.delays)}`,
  `${row.named}`,
  [...row.kinds].join(' '),
]);
process.stdout.write(`${columns([['fault', 'found', 'minutes', 'named', 'as'], ...table])}\n`);
const { low, high } = wilson(sums.trueAlarms, sums.raised);
process.stdout.write(
  `${JSON.stringify({ precision: sums.trueAlarms / sums.raised, low, high, ...sums, medianMinutesToFind: median(delays) })}\n`,
);
