// Who asks for a change, and of which version of the configuration: what the Registry must be told with it.
import type { Actor } from '../ports/registry-port.ts';
import type { FieldFault, Refusal } from './refusal.ts';

export const actorOf = ({ keyId, requestId }: Actor): Actor => ({ keyId, requestId });

/** Matches no version: what the caller saw was not one of ours. */
const NO_VERSION = -1;

/** If-Match as the Registry takes it: `null` means whatever the version is. */
export function ifMatchOf(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim())?.[1];
  return version === undefined ? NO_VERSION : Number(version);
}

/** Idempotency-Key as its draft has it (a quoted text) or bare, as most callers send it. */
export function idempotencyKeyOf(
  header: string | undefined,
): { readonly key: string | null } | { readonly refused: Refusal } {
  if (header === undefined) return { key: null };
  const key = /^"(?<quoted>.*)"$/.exec(header.trim())?.groups?.['quoted'] ?? header.trim();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return { key };
  const fault: FieldFault = {
    field: 'Idempotency-Key',
    code: 'invalid_field',
    message: 'must be 1-255 visible ASCII characters, quoted or bare',
  };
  return { refused: { reason: 'invalid_request', errors: [fault] } };
}
