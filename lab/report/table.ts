// Reports as tables for a terminal, and columns of one width for any text.
import type { Estimate } from './statistics.ts';
import { standings } from './verdict.ts';
import type { PolicyReport, Reached, ScenarioReport } from './scenario-report.ts';

/** The first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One scenario in full, best policy first. */
export function scenarioTable(report: ScenarioReport): string {
  const { id, kind, transactions, processors, regretIn, policies } = report;
  const rows = [
    ['policy', 'seeds', 'regret pp', '95%', 'success', 'value/payment', 'probes', 'false alarms', 'shed', 'back'],
    ...policies
      .toSorted((left, right) => left.regretPp.mean - right.regretPp.mean)
      .map((policy) => [
        policy.policy,
        String(policy.seeds),
        policy.regretPp.mean.toFixed(3),
        intervalText(policy.regretPp),
        `${(100 * policy.successRate).toFixed(2)}%`,
        policy.netValueMinor.mean.toFixed(2),
        `${(100 * policy.probeShare).toFixed(2)}%`,
        policy.falseAlarms === null ? '-' : policy.falseAlarms.perRun.toFixed(2),
        reachedText(policy, 'shed'),
        reachedText(policy, 'readmitted'),
      ]),
  ];
  const head = `${id} (${kind}): ${transactions} payments, ${processors} processors, regret in ${regretIn}`;
  return `${head}\n${columns(rows)}\n`;
}

/** Mean regret of every policy in every scenario, and over all of them; best first. */
export function leagueRows(reports: readonly ScenarioReport[]): string[][] {
  return [
    ['policy', 'seeds', 'mean', ...reports.map(({ id }) => id)],
    ...standings(reports).map(({ policy, seeds, meanPp, regretsPp }) => [
      policy,
      String(seeds),
      meanPp.toFixed(3),
      ...regretsPp.map((regret) => regret?.toFixed(3) ?? '-'),
    ]),
  ];
}

export function intervalText({ low, high }: Estimate): string {
  return low === null || high === null ? '-' : `${low.toFixed(3)}..${high.toFixed(3)}`;
}

/** Median payments per episode, with the runs it never came to. */
function reachedText({ episodes }: PolicyReport, what: 'shed' | 'readmitted'): string {
  if (episodes.length === 0) return '-';
  return episodes
    .slice(0, 3)
    .map((episode) => reachedCell(episode[what]))
    .join(' ');
}

export function reachedCell({ of, reached, median }: Reached): string {
  if (of === 0) return '-';
  const missed = of - reached === 0 ? '' : `(${of - reached} never)`;
  return `${median === null ? '' : String(median)}${missed}`;
}
