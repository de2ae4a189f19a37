// What is wrong with a scenario file, told by the path of each field.
import type { z } from 'zod';

/** `path` is written as in JavaScript: `episodes[0].set.approvalRate`. */
export interface ScenarioProblem {
  readonly path: string;
  readonly message: string;
}

export function describeProblems(file: string, problems: readonly ScenarioProblem[]): string {
  const lines = problems.map(({ path, message }) => `  ${path === '' ? '(file)' : path}: ${message}`);
  return `${file} is refused:\n${lines.join('\n')}`;
}

type Issue = z.core.$ZodIssue;

export function problemsOf(issue: Issue): ScenarioProblem[] {
  return leavesOf(issue).map((leaf) => ({ path: pathOf(leaf.path), message: leaf.message }));
}

interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly isUnknown: boolean;
}

function leavesOf(issue: Issue): Leaf[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown field', isUnknown: true }));
  if (issue.code === 'invalid_union') {
    // The branch that got furthest says what is wrong; if each fails at the value itself, none of them was meant.
    const deeper = issue.errors.find((branch) => branch.length > 0 && branch.every(({ path }) => path.length > 0));
    const keyed = issue.errors.find((branch) => branch.some(({ code }) => code === 'unrecognized_keys'));
    const bounded = issue.errors.find(
      (branch) => branch.length > 0 && branch.every(({ code }) => code !== 'invalid_type'),
    );
    const branch = deeper ?? keyed ?? bounded ?? issue.errors[0];
    if (branch !== undefined)
      return branch.flatMap((inner) => leavesOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
  }
  return [{ path: issue.path, message: issue.message, isUnknown: false }];
}

/** What stands in for a field that must be there and cannot be read. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  approvalRate: 0.5,
  arrivalsPerSecond: 1,
  country: 'US',
  factor: 1,
  fromFraction: 0,
  id: 'unread',
  paymentMethod: 'CARD',
  processor: '*',
  share: 1,
  softDeclineShare: 0,
  toFraction: 1,
  transactions: 1,
};

/** Half of a distribution says less than none: these go as a whole. */
const WHOLE: ReadonlySet<PropertyKey> = new Set(['delaySeconds', 'latencyMs']);

/** A copy in which nothing is left of what these issues are about. */
export function repaired(json: unknown, issues: readonly Issue[]): unknown {
  if (typeof json !== 'object' || json === null) return json;
  const copy: unknown = structuredClone(json);
  for (const { path: told, isUnknown } of issues.flatMap(leavesOf)) {
    const whole = told.findIndex((part) => WHOLE.has(part));
    const path = whole < 0 ? told : told.slice(0, whole + 1);
    const key = path.at(-1);
    const holder = path
      .slice(0, -1)
      .reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], copy);
    if (key === undefined || typeof holder !== 'object' || holder === null) continue;
    const fields = holder as Record<PropertyKey, unknown>;
    const standIn = isUnknown ? undefined : STAND_INS[String(key)];
    if (standIn === undefined) delete fields[key];
    else fields[key] = standIn;
  }
  return copy;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
