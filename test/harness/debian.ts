// Names the suites that want a program the project does not install; `npm test` lists those that did not run.
import { appendFileSync } from 'node:fs';
import { isOnPath } from '../../tools/program-path.ts';

/** Where the runner (tools/test.ts) reads what was left out; one JSON object a line. */
export const NOT_RUN_FILE = 'SIGNALBOX_NOT_RUN_FILE';

export interface NotRun {
  readonly program: string;
  readonly debianPackage: string;
  readonly suite: string;
}

/**
 * For `describe.skipIf(needsProgram('promtool', 'prometheus', 'metrics names'))`: true when the program is missing,
 * and then it is noted for the list that `npm test` ends with.
 */
export function needsProgram(program: string, debianPackage: string, suite: string): boolean {
  if (isOnPath(program)) return false;
  const file = process.env[NOT_RUN_FILE];
  if (file !== undefined)
    appendFileSync(file, `${JSON.stringify({ program, debianPackage, suite } satisfies NotRun)}\n`);
  return true;
}
