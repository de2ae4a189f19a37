// Lists that a caller may send: each has an end, and tells only so much of what is wrong in it.
import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/configuration/apply-change.ts';

/** As many faults of one request as are named. */
export const FAULTS_MAX = 100;
/** Codes of one kind: nothing in the configuration keeps more of them. */
export const CODES_MAX = 256;
export const CURRENCIES_MAX = 200;
export const PROCESSORS_MAX = LIMITS.processors;
/** Of words of which there are only a few. */
export const WORDS_MAX = 16;

type Issue = z.core.$ZodRawIssue;
/** Stands for issues that were left out. */
const LEFT_OUT = 'leftOut';

/** Its length is looked at before any of its entries are (see bound-lists.ts). */
export function listOf<Element extends z.ZodType>(element: Element, itemsMax: number): z.ZodArray<Element> {
  return z.array(element).max(itemsMax).check(fewIssues());
}

/**
 * The library hands the issues of a list on as arguments of one call, for which there may be too many of them. The check of this must run
 * although something is wrong, for it is then that it is needed.
 */
export const fewIssues = (): z.core.$ZodCheck<unknown> =>
  z.core._check(
    ({ issues, value }) => {
      if (issues.length <= FAULTS_MAX) return;
      const count = issues.splice(FAULTS_MAX).reduce((sum, issue) => sum + weightOf(issue), 0);
      issues.push({ code: 'custom', path: [], input: value, params: { [LEFT_OUT]: count } });
    },
    { when: () => true },
  );

const weightOf = (issue: Issue): number => leftOutBy(issue) ?? 1;

/** How many issues this one stands for; `undefined`: it is an issue itself. */
export function leftOutBy(issue: Issue | z.core.$ZodIssue): number | undefined {
  return issue.code === 'custom' ? (issue.params?.[LEFT_OUT] as number | undefined) : undefined;
}
