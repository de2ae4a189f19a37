// The faults that simulated houses have: twelve that hurt, and six so mild that counts of single minutes can hardly see them.
import type { HouseAttempt, HouseFault } from './house.ts';

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

export const FAULTS: readonly HouseFault[] = [
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

const slowest: Hit = (attempt, draw) => {
  if (attempt.processor === 'beta' && draw() < 0.08) attempt.latencyMs *= 10;
};
const slightlySlower: Hit = (attempt) => {
  attempt.latencyMs *= 1.3;
};

export const MILD_FAULTS: readonly HouseFault[] = [
  { name: '4% more errors everywhere', kinds: ['metric_shift'], cause: {}, hit: failing(0.04, () => true) },
  {
    name: '8% more errors of a processor',
    kinds: ['metric_shift'],
    cause: { processor: 'alpha' },
    hit: failing(0.08, ({ processor }) => processor === 'alpha'),
  },
  { name: 'one answer in twelve ten times slow', kinds: ['metric_shift'], cause: { processor: 'beta' }, hit: slowest },
  { name: 'answers 30% slower', kinds: ['metric_shift'], cause: {}, hit: slightlySlower },
  { name: 'two thirds of the volume', kinds: ['volume_drop'], cause: null, volumeTimes: 0.65 },
  { name: '60% more volume', kinds: ['volume_spike'], cause: null, volumeTimes: 1.6 },
];
