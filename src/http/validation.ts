// Turns what zod found wrong into fields, stable codes and sentences a caller can act on.
import type { z } from '@hono/zod-openapi';
import type { FieldCode, FieldFault, Refusal } from './refusal.ts';
import { FAULTS_MAX, leftOutBy } from './schemas/lists.ts';

/** Fields whose faults have a code of their own, whatever is wrong with them. */
const CODES: ReadonlyMap<string, FieldCode> = new Map([
  ['result', 'unknown_result'],
  ['amount', 'bad_amount'],
  ['amount_minor', 'bad_amount'],
  ['fee', 'bad_amount'],
  ['timestamp', 'bad_timestamp'],
]);

type Issue = z.core.$ZodIssue;

/** What was read, and what it is called where none of its fields is at fault. */
export interface Read {
  readonly value: unknown;
  readonly whole: string;
}

export function invalidRequest(error: z.ZodError, read: Read): Refusal {
  const errors: FieldFault[] = [];
  let count = 0;
  for (const issue of error.issues) {
    count += leftOutBy(issue) ?? (issue.code === 'unrecognized_keys' ? issue.keys.length : 1);
    if (errors.length < FAULTS_MAX) errors.push(...faultsOf(issue, read).slice(0, FAULTS_MAX - errors.length));
  }
  return { reason: 'invalid_request', errors, more: count - errors.length };
}

function faultsOf(issue: Issue, { value, whole }: Read): readonly FieldFault[] {
  if (leftOutBy(issue) !== undefined) return [];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, FAULTS_MAX).map((key) => ({
      field: fieldOf([...issue.path, key]),
      code: 'unknown_field',
      message: 'is not a field here',
    }));
  }
  const isWhole = issue.path.length === 0;
  const field = isWhole ? whole : fieldOf(issue.path);
  const isMissing = !isWhole && valueAt(value, issue.path) === undefined;
  const own = CODES.get(String(issue.path.findLast((part) => typeof part === 'string')));
  // Of a field with a code of its own, only one whose type is wrong is said to be missing: its other faults are that code's.
  if (isMissing && (own === undefined || issue.code === 'invalid_type'))
    return [{ field, code: 'missing_field', message: 'is required' }];
  const isObjectWanted = issue.code === 'invalid_type' && /^(?:object|record)$/.test(issue.expected);
  if (isObjectWanted) return [{ field, code: 'invalid_field', message: 'must be a JSON object' }];
  return [{ field, code: own ?? 'invalid_field', message: sentenceOf(issue) }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (held, part) =>
      typeof held === 'object' && held !== null ? (held as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

function sentenceOf(issue: Issue): string {
  return (
    issue.message
      .replace(/^Invalid (input|option|string): /, '')
      .replace(/^expected/, 'must be')
      // Of a text where a number is due.
      .replace(/^must be number, received NaN$/, 'must be a number')
  );
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
