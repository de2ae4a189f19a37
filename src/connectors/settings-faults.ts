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

export function shapeFaults(schema: z.ZodType, own: Readonly<Record<string, unknown>>): readonly SettingsFault[] {
  const reading = schema.safeParse(own);
  if (reading.success) return [];
  return reading.error.issues.map(({ path, message }) => ({ field: ['own', ...path].map(String).join('.'), message }));
}
