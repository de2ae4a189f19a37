// The tables at the head of docs/lab.md: what was promised of `learned` and what came of it, scenario by scenario.
import { standings, verdictOf, type ScenarioVerdict } from './verdict.ts';
import { decidingRuns, firstRunsOf, reopenedPairs, type Look } from './deciding-runs.ts';
import { intervalText } from './table.ts';
import type { PiecewiseReport } from '../piecewise-contestants.ts';
import type { ScenarioReport } from './scenario-report.ts';

/** More columns than this are not read on a page. */
const SCENARIOS_A_TABLE = 7;
const OURS = 'learned';
/** What the further runs were before, and too few for one promise. */
const DECIDING_RUNS_BEFORE = 400;
/** The published rule whose regret on the piecewise problems is the one to undercut. */
const TO_UNDERCUT = 'glr-klucb-local';

export function markdownTable([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head ?? []),
    line((head ?? []).map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}

export function overviewText(reports: readonly ScenarioReport[]): string {
  const verdicts = reports.map(verdictOf);
  const judged = verdicts.filter((verdict) => verdict !== null);
  const [first, second] = standings(reports);
  const met = judged.filter((verdict) => verdict.met).length;
  const rank =
    first === undefined || second === undefined
      ? ''
      : `Least mean regret over all scenarios: \`${first.policy}\` with ${first.meanPp.toFixed(3)}; next \`${second.policy}\` with ${second.meanPp.toFixed(3)}.`;
  return [
    '## What was promised, and what came of it',
    '',
    `${rank} The promise is kept in ${met} of ${judged.length} scenarios.`.trim(),
    '',
    'Where a rate changes (episodes) `learned` is to lose less than every peer, by the paired 95% interval on the same seeds; where none does, at most 0.10 more than the',
    'best peer, newcomers among them (processors come and go, and each stays as it is), and 0.20 in close calls (the best two less than half a point apart). The kind is',
    'read from the scenario’s file. Where the first runs do not tell of a peer that loses more whether that is luck, `learned` and that peer run more: see below.',
    '',
    markdownTable([
      ['scenario', 'kind', 'learned', 'best peer', 'its regret', 'kept', 'target (goal)'],
      ...reports.map((report, place) => overviewRow(report, verdicts[place] ?? null)),
    ]),
    ...newcomersText(reports),
    '',
    '### Runs that decided',
    '',
    decidingText(reports),
  ].join('\n');
}

/** That a processor which comes changes no rate is a reading, and it decides: so the other one is told with its numbers. */
function newcomersText(reports: readonly ScenarioReport[]): string[] {
  return reports
    .filter(({ kind }) => kind === 'newcomers')
    .flatMap(({ id, policies }) => {
      const ahead = policies
        .flatMap(({ policy, learnedMinusThisPp: paired }) => (paired === null ? [] : [{ policy, paired }]))
        .filter(({ paired }) => !(paired.high !== null && paired.high < 0))
        .sort((left, right) => right.paired.mean - left.paired.mean)
        .map(({ policy, paired }) => `\`${policy}\` (${signed(paired.mean)}; ${intervalText(paired)})`);
      return [
        '',
        `That \`${id}\` is held to the 0.10 of scenarios without a change is our reading of what was promised: processors come and go there, and no rate of any of them changes. Read as one with changes, it`,
        ahead.length === 0
          ? 'would be kept as well: `learned` is below every peer by the paired interval.'
          : `would be missed: by the paired interval \`learned\` is not below ${ahead.join(', ')}.`,
      ];
    });
}

function decidingText(reports: readonly ScenarioReport[]): string {
  const peers = [...new Set(reports.flatMap(({ policies }) => policies.map(({ policy }) => policy)))];
  const first = [...new Set(peers.map((policy) => firstRunsOf(policy, reports)))].sort((left, right) => right - left);
  const reopened = reopenedPairs(reports);
  const rule = `The first runs, on the same seeds for all, are ${first.join(' or ')} a policy (the column \`seeds\`).`;
  if (reopened.length === 0) return `${rule} They decided every promise.`;
  const most = Math.max(...reopened.flatMap(({ looks }) => looks.map(({ runs }) => runs)));
  const later = reopened.map(({ scenario, peer, looks }) => {
    const runs = decidingRuns(looks);
    return `\`${scenario}\` against \`${peer}\` ${runs === null ? `is open after ${looks.at(-1)!.runs}` : `was decided by ${runs}`}`;
  });
  return [
    `${rule} They decided every promise but ${reopened.length}, of which both ran ${most} times: ${later.join('; ')}.`,
    `A pair runs again only if its first runs left it open${most > DECIDING_RUNS_BEFORE ? `, and ${most} were taken after ${DECIDING_RUNS_BEFORE} had not told` : ''}: its interval was looked at more than once, and is a little narrower than it says.`,
    'The same runs cut short, as `learned` minus the peer; where the medians say otherwise than the means, rare bad runs decide:',
    '',
    markdownTable([
      ['scenario', 'peer', 'after the first', 'cut short', 'after all', 'median of `learned`', 'of the peer'],
      ...reopened.map(({ scenario, peer, looks, medianPp }) => [
        scenario,
        `\`${peer}\``,
        lookText(looks[0]!),
        looks.slice(1, -1).map(lookText).join(', '),
        lookText(looks.at(-1)!),
        medianPp.ours.toFixed(3),
        medianPp.theirs.toFixed(3),
      ]),
    ]),
  ].join('\n');
}

function lookText({ runs, difference }: Look): string {
  return `${runs}: ${signed(difference.mean)} (${intervalText(difference)})`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
}

function overviewRow({ id, kind }: ScenarioReport, verdict: ScenarioVerdict | null): string[] {
  if (verdict === null) return [id, kind, '-', '-', '-', '-', '-'];
  const { learnedPp, bestPeer, bestPeerPp, met, unbeaten, target } = verdict;
  const [own, other] = [learnedPp.toFixed(3), bestPeerPp.toFixed(3)];
  return [
    id,
    kind,
    learnedPp <= bestPeerPp ? `**${own}**` : own,
    `\`${bestPeer}\``,
    learnedPp <= bestPeerPp ? other : `**${other}**`,
    met ? 'yes' : unbeaten.length === 0 ? 'no' : `no: ${unbeaten.map((policy) => `\`${policy}\``).join(', ')}`,
    target === null
      ? ''
      : `${target.limitPp.toFixed(2)} ${target.met ? 'met' : 'missed'} (${target.goalPp.toFixed(2)} ${target.goalMet ? 'met' : 'missed'})`,
  ];
}

/** Policies down, scenarios across, a few at a time. */
export function regretTables(reports: readonly ScenarioReport[]): string {
  const ranked = standings(reports);
  const least = reports.map((_, place) => Math.min(...ranked.map(({ regretsPp }) => regretsPp[place] ?? Infinity)));
  const tables: string[] = [];
  for (let from = 0; from < reports.length; from += SCENARIOS_A_TABLE) {
    const places = reports.slice(from, from + SCENARIOS_A_TABLE).map((_, index) => from + index);
    const cell = (regret: number | null, place: number): string => {
      if (regret === null) return '-';
      return regret === least[place] ? `**${regret.toFixed(3)}**` : regret.toFixed(3);
    };
    tables.push(
      markdownTable([
        ['policy', 'seeds', 'mean of all', ...places.map((place) => reports[place]!.id)],
        ...ranked.map(({ policy, seeds, meanPp, regretsPp }, rank) => [
          policy === OURS ? `**${policy}**` : policy,
          String(seeds),
          rank === 0 ? `**${meanPp.toFixed(3)}**` : meanPp.toFixed(3),
          ...places.map((place) => cell(regretsPp[place] ?? null, place)),
        ]),
      ]),
    );
  }
  return tables.join('\n\n');
}

export function piecewiseText({ steps, runs, policies }: PiecewiseReport): string {
  const undercut = policies.find(({ policy }) => policy === TO_UNDERCUT)?.published ?? [];
  return [
    '## The piecewise-stationary problems of the literature',
    '',
    `Mean pseudo-regret over ${steps} steps of ${runs} runs with its 95% interval, feedback at once (\`npm run lab -- piecewise\`); in brackets the published mean of 100 runs. The GLR, CUSUM, M and`,
    'SW rows are told the number of changes; `learned` is not. In bold: below what is published of GLR-klUCB local. `oracle-restarts` is klUCB that is told when an arm changes, and starts that arm anew; SMPyBandits publishes',
    '36.8, 44.7, 51.1 and 68.0 for an oracle whose code goes back, at a change, to what the played arm has seen since the change before, and leaves the other arms as they are. Its row of discounted Thompson sampling is of code that lets the played arm forget once for each arm and the others never',
    '(`d-ts-95-as-coded`); the other rows of it are as Raj and Kalyani describe it.',
    '',
    markdownTable([
      ['policy', ...undercut.map((_, place) => `problem ${place + 1}`)],
      ...policies.map(({ policy, regrets, published }) => [
        policy,
        ...regrets.map(({ mean, low, high }, place) => {
          const text = mean.toFixed(1);
          const told = published?.[place];
          const spread = ` ±${((high - low) / 2).toFixed(1)}${told === undefined ? '' : ` (${told.toFixed(1)})`}`;
          return `${mean < (undercut[place] ?? 0) ? `**${text}**` : text}${spread}`;
        }),
      ]),
    ]),
  ].join('\n');
}
