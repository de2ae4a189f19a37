// What is wrong with a source's settings, by field and never by value: its secrets, and its adapter's own settings against their schema.
import type { z } from 'zod';
import type { SettingsFault } from '../ports/webhook-adapter.ts';

/** The new one and the one that is being rotated out. */
const SECRETS_MAX = 2;
const SECRET_CHARACTERS_MIN = 16;

const isLongEnough = (secret: string): boolean => secret.length >= SECRET_CHARACTERS_MIN;

/** `isGood` where a vendor's secrets have a form of their own; `message` says which. */
export function secretFaults(
  secrets: readonly string[],
  isGood: (secret: string) => boolean = isLongEnough,
  message = `must have at least ${SECRET_CHARACTERS_MIN} characters`,
): readonly SettingsFault[] {
  if (secrets.length === 0 || secrets.length > SECRETS_MAX)
    return [{ field: 'secrets', message: 'must be one secret, or two while the older one is rotated out' }];
  return secrets.flatMap((secret, index) => {
    const field = `secrets.${index}`;
    // A line break that came along when copying is the commonest reason why nothing verifies.
    if (secret === '' || /\s/.test(secret)) return [{ field, message: 'must not be empty or hold white space' }];
    return isGood(secret) ? [] : [{ field, message }];
  });
}

export function shapeFaults(schema: z.ZodType, own: Own): readonly SettingsFault[] {
  const reading = schema.safeParse(own);
  return reading.success ? [] : schemaFaults(reading.error, own, (path) => ['own', ...path].map(String).join('.'));
}

/** `fieldOf`: what the operator calls the place. */
export function schemaFaults(
  error: z.ZodError,
  value: Own,
  fieldOf: (path: readonly PropertyKey[]) => string,
): readonly SettingsFault[] {
  return error.issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: fieldOf([...path, key]), message: 'is not a setting here' }));
    return [{ field: fieldOf(path), message: sentenceOf(issue, valueAt(value, path) === undefined) }];
  });
}

type Own = Readonly<Record<string, unknown>>;

const FORMS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
  record: 'a JSON object',
};

function sentenceOf(issue: z.core.$ZodIssue, isMissing: boolean): string {
  const must = isMissing ? 'must be given:' : 'must be';
  if (issue.code === 'invalid_type') return `${must} ${FORMS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `${must} one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return issue.message
      .replace(/^Too (?:small|big): expected \w+ to/, 'must')
      .replace('>=', 'at least ')
      .replace('<=', 'at most ');
  if (issue.message !== 'Invalid input') return issue.message;
  return isMissing ? 'must be given' : 'has none of the forms it may have';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (held, part) =>
      typeof held === 'object' && held !== null ? (held as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}
