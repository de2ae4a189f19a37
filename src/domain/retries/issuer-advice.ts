// What an issuer's answer to one attempt asks of every later one with the same credential, whichever payment and processor.
import { adviceOf } from './network-rules.ts';
import type { LedgerAttempt } from './attempt-reading.ts';

/** True where the issuer or the network forbids any further attempt with this credential. */
export function forbidsCredential({ reading, outcome }: LedgerAttempt): boolean {
  if (reading === null || outcome === 'approved') return false;
  return reading.visaCategory === 1 || adviceOf(reading.macCode)?.asks === 'never';
}

/** Until when the issuer asked not to be tried again; 0: it did not. */
export function waitAskedUntilMs({ reading, outcome, atMs }: LedgerAttempt): number {
  if (reading === null || outcome === 'approved') return 0;
  const advice = adviceOf(reading.macCode);
  const waitMs = Math.max(reading.waitMs ?? 0, advice?.asks === 'wait' ? advice.waitMs : 0);
  return waitMs > 0 ? atMs + waitMs : 0;
}
