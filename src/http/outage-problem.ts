// What a caller is told where something is out of reach, is not known well enough, or went wrong on our side.
import type { Issue } from '../domain/configuration/configuration-change.ts';
import type { Refusal } from './refusal.ts';

interface OutageProblem {
  readonly status: 500 | 503;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

export const retryAfter = (seconds: number): Record<string, string> => ({ 'Retry-After': String(seconds) });

export type Outage = Extract<
  Refusal,
  {
    readonly reason:
      | 'not_recorded'
      | 'no_table'
      | 'not_evaluated'
      | 'history_away'
      | 'ledger_unreachable'
      | 'processor_unreachable'
      | 'unavailable'
      | 'overloaded'
      | 'misconfigured'
      | 'internal';
  }
>;

export const wrongVariables = (issues: readonly Issue[]): string =>
  issues.map(({ field, message }) => `${field} ${message}`).join('; ');

export function outageProblem(refusal: Outage): OutageProblem {
  const unavailable = (detail: string): OutageProblem => ({
    status: 503,
    title: 'Unavailable',
    detail,
    headers: retryAfter(1),
  });
  switch (refusal.reason) {
    case 'not_recorded':
      return {
        ...unavailable(
          'The result was not recorded and nothing was counted. Send it again with the same transaction_id.',
        ),
        title: 'Not recorded',
        members: { outcome: 'not_recorded', cause: refusal.cause },
      };
    case 'no_table':
      return unavailable('No routing table has reached this place yet. Try again shortly.');
    case 'not_evaluated':
      return unavailable('Not evaluated in the last five minutes; the job `scaling` does it every minute.');
    case 'history_away':
      return unavailable(
        'History is out of reach, or this deployment keeps none (docs/history.md). Nothing was changed; try again shortly.',
      );
    case 'ledger_unreachable':
      return unavailable(
        'What this credential has been through is out of reach, so no slot under the network ceilings could be held. Send nothing to any processor; ask again with the same Idempotency-Key.',
      );
    case 'processor_unreachable':
      return unavailable("The processor's state is out of reach. Nothing was changed; try again shortly.");
    case 'unavailable':
      return unavailable(
        'A part of the service is out of reach. Whether a change was made can be seen by reading it again.',
      );
    case 'overloaded':
      return {
        ...unavailable(
          'More calls arrive than can be answered. Nothing was done; wait for as long as Retry-After says.',
        ),
        title: 'Overloaded',
      };
    case 'misconfigured':
      return {
        status: 500,
        title: 'Deployment misconfigured',
        detail: `A variable of this deployment is wrong: ${wrongVariables(refusal.issues)}. Nothing was changed; correct it (docs/settings.md) and deploy again.`,
        members: { variables: refusal.issues.map(({ field, message }) => ({ variable: field, message })) },
      };
    case 'internal':
      return {
        status: 500,
        title: 'Internal error',
        detail: 'Something went wrong on our side. It was logged under this request id.',
      };
  }
}
