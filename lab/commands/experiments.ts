// `npm run lab -- experiments`: how often the judge of experiments stops one of two equal arms, and how soon one that loses.
import { asCommand, countOf, readOptions } from './arguments.ts';
import { columns } from '../report/table.ts';
import { frequenciesOf, type Frequencies, type Setup } from '../experiments/simulated-experiment.ts';
import { JUDGING_DEFAULT, MISMATCH_BELOW } from '../../src/domain/experiments/judgement.ts';
import { Progress } from '../runner/progress.ts';
import { stream } from '../simulator/random.ts';

const PAYMENTS = 20_000;
const LOOK_EVERY = 50;
const EXPERIMENTS = 400;
/** Experiments that show an effect need fewer repeats, and more payments. */
const EFFECT_REPEATS = 0.25;
const EFFECT_PAYMENTS = 40_000;

const HELP = `npm run lab -- experiments [--experiments N] [--seed N]

Simulates A/B experiments of ${PAYMENTS.toLocaleString('en')} payments, judged after every ${LOOK_EVERY} of them. Two equal arms: how often one is stopped all the
same (at most ${JUDGING_DEFAULT.alpha} is promised), and how often the interval of the difference misses the truth at some look. Then arms that differ: how often
the worse one is stopped within ${EFFECT_PAYMENTS.toLocaleString('en')} payments, and after how many. Then payments that do not fall by their share.

  --experiments  for each row, from 10 (${EXPERIMENTS}; a quarter of it where arms differ)
  --seed         of all draws (1)

Ends with 1 where a promise was broken by more than the luck of so many draws explains (three standard errors).
`;

const EQUAL: readonly (readonly [rate: number, share: number])[] = [
  [0.02, 0.5],
  [0.5, 0.5],
  [0.85, 0.5],
  [0.85, 0.1],
  [0.97, 0.5],
  [0.97, 0.1],
];
const EFFECTS = [0.01, 0.02, 0.03, 0.05, 0.1];
const SHARES = [0.51, 0.53, 0.55];

const BASE = { toldShareA: 0.5, shareA: 0.5, lookEvery: LOOK_EVERY, judging: JUDGING_DEFAULT };
const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

interface Row extends Frequencies {
  readonly setup: Setup;
}
interface Measured {
  readonly equal: readonly Row[];
  readonly different: readonly Row[];
  readonly shifted: readonly Row[];
}

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const text = { type: 'string' } as const;
    const options = readOptions(args, { experiments: text, seed: text });
    const experiments = countOf(options, 'experiments', { least: 10, most: 100_000, default: EXPERIMENTS });
    const measured = measureAll(experiments, stream(countOf(options, 'seed', { least: 1, default: 1 })));
    process.stdout.write(tablesOf(measured));
    const isKept = measured.equal.every(
      ({ stops, misses, mismatches }) =>
        Math.max(stops, misses) <= withLuck(JUDGING_DEFAULT.alpha, experiments) &&
        mismatches <= withLuck(MISMATCH_BELOW, experiments),
    );
    process.stdout.write(isKept ? 'what is promised was kept\n' : 'a promise was broken\n');
    return isKept ? 0 : 1;
  });
}

function measureAll(experiments: number, random: () => number): Measured {
  const repeats = Math.max(10, Math.round(experiments * EFFECT_REPEATS));
  const work = EQUAL.length * experiments * PAYMENTS + (EFFECTS.length + SHARES.length) * repeats * EFFECT_PAYMENTS;
  const progress = new Progress(work);
  const measure = (setup: Setup, count: number): Row => {
    const frequencies = frequenciesOf(setup, count, random);
    progress.add(setup.paymentsMost * count, `${percent(setup.rateA)} against ${percent(setup.rateB)}`);
    return { setup, ...frequencies };
  };
  const equal = EQUAL.map(([rate, share]) =>
    measure(
      { ...BASE, rateA: rate, rateB: rate, shareA: share, toldShareA: share, paymentsMost: PAYMENTS },
      experiments,
    ),
  );
  const different = EFFECTS.map((effect) =>
    measure({ ...BASE, rateA: 0.85, rateB: 0.85 - effect, paymentsMost: EFFECT_PAYMENTS }, repeats),
  );
  const shifted = SHARES.map((shareA) =>
    measure({ ...BASE, rateA: 0.85, rateB: 0.85, shareA, paymentsMost: EFFECT_PAYMENTS }, repeats),
  );
  progress.end();
  return { equal, different, shifted };
}

function tablesOf({ equal, different, shifted }: Measured): string {
  const tables = [
    [
      ['equal arms at', 'share', 'stopped', 'interval missed', 'false mismatch'],
      ...equal.map(({ setup, stops, misses, mismatches }) => [
        percent(setup.rateA),
        String(setup.shareA),
        percent(stops),
        percent(misses),
        percent(mismatches),
      ]),
    ],
    [
      ['85% against', 'worse arm stopped', 'better arm stopped', 'median payments until then'],
      ...different.map(({ setup, stops, rightStops, medianStop }) => [
        percent(setup.rateB),
        percent(rightStops),
        percent(stops - rightStops),
        medianStop === null ? '-' : String(medianStop),
      ]),
    ],
    [
      ['share instead of 0.5', 'mismatch noticed'],
      ...shifted.map(({ setup, mismatches }) => [String(setup.shareA), percent(mismatches)]),
    ],
  ];
  return tables.map((rows) => `${columns(rows)}\n\n`).join('');
}

const withLuck = (share: number, draws: number): number => share + 3 * Math.sqrt((share * (1 - share)) / draws);
