// The figures of docs/lab.md: how regret adds up over a run, and where the traffic went around an episode.
import { CURVE_PARTS, isFailure, type RunCurves } from '../simulator/measures.ts';
import { lineChart } from './svg-chart.ts';
import type { Scenario } from '../scenario-file.ts';
import type { ScenarioReport } from './scenario-report.ts';

export interface Figure {
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

export interface FigureSubject {
  readonly scenario: Scenario;
  readonly report: ScenarioReport;
  readonly curves: ReadonlyMap<string, RunCurves>;
}

const OURS = 'learned';
/** The strongest open router in its default mode: the neighbour in every traffic figure. */
const NEIGHBOUR = 'srv3-greedy-125';
const LINES_MAX = 6;
/** More processors than this are not told apart in a figure. */
const PROCESSORS_MAX = 8;

export function figuresOf(subject: FigureSubject): Figure[] {
  const { scenario } = subject;
  const figures = [regretFigure(subject)];
  const showsOutage = scenario.episodes.some((episode) => isFailure(scenario, episode));
  if (!showsOutage || scenario.processors.length > PROCESSORS_MAX) return figures;
  for (const policy of [OURS, NEIGHBOUR]) if (subject.curves.has(policy)) figures.push(sharesFigure(subject, policy));
  return figures;
}

function regretFigure({ scenario, report, curves }: FigureSubject): Figure {
  const best = report.policies
    .toSorted((left, right) => left.regretPp.mean - right.regretPp.mean)
    .map(({ policy }) => policy)
    .filter((policy) => policy !== OURS && policy !== NEIGHBOUR)
    .slice(0, LINES_MAX - 2);
  const shown = [OURS, ...best, NEIGHBOUR].filter((policy) => curves.has(policy));
  return {
    name: `regret-${scenario.id}`,
    caption: `${scenario.id}: regret so far`,
    svg: lineChart({
      ...frameOf(scenario, `${scenario.id}: regret so far`),
      yLabel: 'payments lost to the clairvoyant',
      series: shown.map((policy) => ({
        name: policy,
        isOurs: policy === OURS,
        points: summedUp(scenario, curves.get(policy)!.regretPp),
      })),
    }),
  };
}

function sharesFigure({ scenario, curves }: FigureSubject, policy: string): Figure {
  const title = `${scenario.id}: where ${policy} sends the traffic`;
  return {
    name: `shares-${scenario.id}-${policy}`,
    caption: title,
    svg: lineChart({
      ...frameOf(scenario, title),
      yLabel: 'share of payments',
      series: scenario.processors.map(({ id }, processor) => ({
        name: id,
        isOurs: false,
        points: curves.get(policy)!.shares[processor]!.map((share, part) => [middleOf(scenario, part), share] as const),
      })),
    }),
  };
}

function frameOf(scenario: Scenario, title: string) {
  return {
    title,
    xLabel: 'payments (grey: an episode)',
    xMax: scenario.transactions,
    bands: scenario.episodes
      .filter(({ shape }) => shape !== 'sine' && shape !== 'calendar')
      .map(
        ({ fromFraction, toFraction }) =>
          [fromFraction * scenario.transactions, toFraction * scenario.transactions] as const,
      ),
  };
}

function summedUp({ transactions }: Scenario, regretPp: readonly number[]): [number, number][] {
  let sum = 0;
  return [
    [0, 0],
    ...regretPp.map((part, index): [number, number] => {
      sum += (part / 100) * (transactions / CURVE_PARTS);
      return [((index + 1) * transactions) / CURVE_PARTS, sum];
    }),
  ];
}

const middleOf = ({ transactions }: Scenario, part: number): number => ((part + 0.5) * transactions) / CURVE_PARTS;
