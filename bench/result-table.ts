// The results as a table for a terminal.
import { columns } from '../lab/report/table.ts';
import type { Result } from './result.ts';

export function resultTable(results: readonly Result[]): string {
  const rows = results.map(({ name, value, unit, baseline, ratio, rounds, percentiles, asked, holds }) => [
    name,
    figure(value),
    unit,
    baseline === null ? '-' : figure(baseline),
    ratio === null ? '-' : ratio.toFixed(2),
    percentiles === undefined ? '-' : percentileText(percentiles.ours),
    percentiles === undefined ? '-' : percentileText(percentiles.baseline),
    String(rounds),
    asked === undefined ? '' : `${asked}: ${holds === true ? 'holds' : 'does not hold'}`,
  ]);
  const head = ['row', 'median', 'unit', 'baseline', 'ratio', 'p50/p95/p99 ms', 'its baseline', 'rounds', 'asked'];
  return `${columns([head, ...rows])}\n`;
}

/** Three digits of what is small, whole numbers of what is large. */
export const figure = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

export const percentileText = ({ p50Ms, p95Ms, p99Ms }: NonNullable<Result['percentiles']>['ours']): string =>
  [p50Ms, p95Ms, p99Ms].map((ms) => ms.toPrecision(3)).join('/');
