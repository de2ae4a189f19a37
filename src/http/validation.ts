// Turns what zod found wrong into fields, stable codes and sentences a caller can act on.
import type { z } from '@hono/zod-openapi';
import type { FieldCode, FieldFault } from './refusal.ts';

/** Fields whose faults have a code of their own, whatever is wrong with them. */
const CODES: Readonly<Record<string, FieldCode>> = {
  result: 'unknown_result',
  amount: 'bad_amount',
  amount_minor: 'bad_amount',
  fee: 'bad_amount',
  timestamp: 'bad_timestamp',
};
const FAULTS_MAX = 100;

type Issue = z.core.$ZodIssue;

/** `whole`: what was read is called where none of its fields is at fault. */
export function faultsOf(error: z.ZodError, whole = 'body'): readonly FieldFault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, whole)).slice(0, FAULTS_MAX);
}

function faultsOfIssue(issue: Issue, whole: string): readonly FieldFault[] {
  const field = issue.path.length === 0 ? whole : fieldOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldOf([...issue.path, key]),
      code: 'unknown_field',
      message: 'is not a field here',
    }));
  }
  const isObjectWanted = issue.code === 'invalid_type' && /^(?:object|record)$/.test(issue.expected);
  if (isObjectWanted) return [{ field, code: 'invalid_field', message: 'must be a JSON object' }];
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  if (missing) return [{ field, code: 'missing_field', message: 'is required' }];
  const name = issue.path.findLast((part) => typeof part === 'string');
  return [{ field, code: CODES[String(name)] ?? 'invalid_field', message: sentenceOf(issue) }];
}

function sentenceOf(issue: Issue): string {
  return issue.message.replace(/^Invalid (input|option|string): /, '').replace(/^expected/, 'must be');
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
