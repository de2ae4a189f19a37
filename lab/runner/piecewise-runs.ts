// The piecewise problems as the league reports them: each policy's runs are kept in lab/.runs until a source that they depend on changes.
import { CONTESTANTS, PUBLISHED_REGRET, type PiecewiseReport } from '../piecewise-contestants.ts';
import { fileURLToPath } from 'node:url';
import { isNumberList, isObject, ResultStore } from './result-store.ts';
import { measureRegret, PIECEWISE_PROBLEMS, PIECEWISE_STEPS, type PiecewiseResult } from '../piecewise.ts';
import { sourceHash } from './source-hash.ts';

/** As many as the published means rest on. */
export const PIECEWISE_RUNS = 100;

const SOURCE = fileURLToPath(new URL('../piecewise-contestants.ts', import.meta.url));

export function piecewiseReport(
  runs = PIECEWISE_RUNS,
  onDone: (policy: string) => void = () => undefined,
): PiecewiseReport {
  const sources = sourceHash(SOURCE);
  const store = new ResultStore();
  const policies = [...CONTESTANTS].map(([policy, contestant]) => {
    const name = `piecewise.${policy}.${runs}.${sources}.json`;
    const known = store.read(name, isRegrets);
    const regrets = known ?? PIECEWISE_PROBLEMS.map((problem) => measureRegret(problem, contestant, runs));
    if (known === null) store.write(name, regrets);
    onDone(policy);
    return { policy, regrets, published: PUBLISHED_REGRET.get(policy) ?? null };
  });
  return { steps: PIECEWISE_STEPS, runs, policies };
}

function isRegrets(value: unknown): value is readonly PiecewiseResult[] {
  return (
    Array.isArray(value) &&
    value.length === PIECEWISE_PROBLEMS.length &&
    value.every((each) => isObject(each) && isNumberList([each['mean'], each['low'], each['high'], each['runs']]))
  );
}
