// Every reason for which HTTP turns a request away, with the evidence its sentence needs; problem.ts gives each its answer.
import type { Issue } from '../domain/configuration/configuration-change.ts';
import type { Scope } from '../domain/configuration/configuration.ts';
import type { HistoryFault } from '../ports/history-port.ts';
import type { ItemRefusal } from '../flows/record-results.ts';
import type { MaintenanceRefusal } from '../flows/schedule-maintenance.ts';

/** What can be wrong with one field; those that are refusals of their own have the same code there. */
export type FieldCode =
  | 'invalid_field'
  | 'missing_field'
  | 'unknown_field'
  | 'unknown_result'
  | 'unknown_processor'
  | 'bad_amount'
  | 'bad_timestamp'
  | 'too_deep'
  | 'too_large';

export interface FieldFault {
  /** Path under the API's names, e.g. `transactions[2].amount`. */
  readonly field: string;
  readonly code: FieldCode;
  readonly message: string;
}

export type ResourceKind =
  | 'source'
  | 'webhook source'
  | 'stream'
  | 'dead letter'
  | 'channel'
  | 'notification'
  | 'alert'
  | 'anomaly'
  | 'processor'
  | 'rule'
  | 'experiment'
  | 'override'
  | 'prior'
  | 'job'
  | 'maintenance window'
  | 'model'
  | 'optimization'
  | 'healing action'
  | 'key';

/** What a caller switches on: one fault has one code, wherever it is found. */
export type ProblemCode = Exclude<Refusal['reason'], 'invalid_request'> | FieldCode;

/** A field is at fault in the others. */
export type NotSchedulable = Exclude<
  MaintenanceRefusal,
  'unknown_processor' | 'history_away' | 'wrong_duration' | 'wrong_start'
>;

export interface HistoryCount {
  /** e.g. `hours`. */
  readonly of: string;
  readonly have: number;
  readonly needed: number;
}

export type Refusal =
  | { readonly reason: 'malformed_json' }
  | { readonly reason: 'unsupported_media_type' }
  | { readonly reason: 'body_too_large'; readonly bytesMax: number }
  | { readonly reason: 'too_many_items'; readonly field: string; readonly itemsMax: number }
  /** `more`: so many further faults are not named. */
  | { readonly reason: 'invalid_request'; readonly errors: readonly FieldFault[]; readonly more?: number }
  | { readonly reason: 'card_number'; readonly field: string }
  | { readonly reason: 'missing_key' | 'malformed_key' | 'unknown_key' | 'expired_key' }
  | { readonly reason: 'missing_scope'; readonly scope: Scope }
  | { readonly reason: 'keys_unverifiable' }
  | { readonly reason: 'rate_limited'; readonly quota: number; readonly windowSeconds: number }
  | { readonly reason: 'unknown_route' }
  | { readonly reason: 'method_not_allowed'; readonly allow: readonly string[] }
  /** `known`: those that there are. */
  | { readonly reason: 'not_found'; readonly what: ResourceKind; readonly known?: readonly string[] }
  | { readonly reason: 'already_exists'; readonly what: ResourceKind }
  | { readonly reason: 'stale_version'; readonly currentVersion: number }
  | { readonly reason: 'last_admin' | 'already_rotated' }
  | { readonly reason: 'alert_closed' | 'already_acknowledged' | 'being_sent' | 'already_running' | 'not_in_force' }
  /** `why`: in a sentence. */
  | { readonly reason: 'not_undoable'; readonly why: string }
  | { readonly reason: 'ticket_refused' }
  | { readonly reason: 'webhook_unverified' }
  | { readonly reason: 'upgrade_required' }
  | { readonly reason: 'not_recorded'; readonly cause: 'overloaded' | 'unreachable' }
  | { readonly reason: 'no_table' }
  | { readonly reason: 'not_evaluated' }
  /** `fault`: for the log; left out where no history is kept, or nobody told. */
  | { readonly reason: 'history_away'; readonly fault?: HistoryFault }
  /** What there is and what is needed, by what is counted. */
  | {
      readonly reason: 'too_little_history';
      readonly counts: readonly HistoryCount[];
      /** The end of the last hour that is counted: what came since does not count yet. */
      readonly countedUntilMs: number;
    }
  | { readonly reason: 'not_schedulable'; readonly cause: NotSchedulable | 'over' }
  | { readonly reason: 'ledger_unreachable' }
  | { readonly reason: 'outcome_unknown' }
  | { readonly reason: 'processor_unreachable' }
  | { readonly reason: 'unavailable' }
  | { readonly reason: 'overloaded' }
  | { readonly reason: 'misconfigured'; readonly issues: readonly Issue[] }
  | { readonly reason: 'internal' }
  | ItemRefusal;
