// From vitest's report of one acceptance test to its line: what was really run, how long it took, and whether it holds.
import type { AcceptanceTest, Figure } from './acceptance-tests.ts';

/** The parts of vitest's JSON report that are read here. */
export interface SoakReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta?: { readonly figures?: Readonly<Record<string, number>> };
    }[];
  }[];
}

export interface Conclusion {
  readonly id: string;
  readonly what: string;
  /** As counted by the tests. */
  readonly ran: string;
  readonly seconds: number;
  readonly verdict: 'PASS' | 'FAIL' | 'NOT RUN';
}

export interface Run {
  /** `null`: vitest wrote none. */
  readonly report: SoakReport | null;
  readonly code: number;
  readonly seconds: number;
  /** The program that the test wants is not on this machine. */
  readonly isProgramMissing?: boolean;
}

export function conclusionOf(test: AcceptanceTest, { report, code, seconds, isProgramMissing }: Run): Conclusion {
  const { id, what, figures, program } = test;
  const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const passed = tests.filter(({ status }) => status === 'passed');
  const failed = tests.filter(({ status }) => status === 'failed').length;
  const told = passed.flatMap(({ meta }) => (meta?.figures === undefined ? [] : [meta.figures]));
  const reached = figures.map((figure) => [figure, reachedBy(figure, told)] as const);
  const parts = reached.map(([{ name, least }, count]) => {
    if (count === null) return `no ${name}`;
    return `${count.toLocaleString('en-US')} ${name}${count < least ? ` (of ${least.toLocaleString('en-US')})` : ''}`;
  });
  const isMissing = passed.length === 0 || reached.some(([, count]) => count === null);
  const isShort = reached.some(([{ least }, count]) => count !== null && count < least);
  const verdict = failed > 0 || isShort ? 'FAIL' : isMissing ? 'NOT RUN' : code === 0 ? 'PASS' : 'FAIL';
  const want =
    isProgramMissing === true && program !== undefined
      ? [`for want of ${program.name} (Debian: apt-get install ${program.debianPackage})`]
      : [];
  const ran = [`${passed.length} tests`, ...(failed > 0 ? [`${failed} failed`] : []), ...parts, ...want].join(', ');
  return { id, what, ran, seconds, verdict };
}

/** `null`: no test that passed told it. */
function reachedBy({ name, by }: Figure, told: readonly Readonly<Record<string, number>>[]): number | null {
  const counts = told.flatMap((figures) => figures[name] ?? []);
  if (counts.length === 0) return null;
  return by === 'each' ? Math.min(...counts) : counts.reduce((sum, count) => sum + count, 0);
}

export function lineOf({ id, what, ran, seconds, verdict }: Conclusion): string {
  return `${verdict.padEnd(7)}  ${id.padEnd(3)}  ${what}: ${ran}; ${seconds.toFixed(0)} s`;
}

export function verdictOf(conclusions: readonly Conclusion[]): string {
  const count = (verdict: Conclusion['verdict']): number =>
    conclusions.filter((conclusion) => conclusion.verdict === verdict).length;
  return `${count('PASS')} passed, ${count('FAIL')} failed, ${count('NOT RUN')} not run`;
}
