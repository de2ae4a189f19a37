// One change to the configuration and what can come of it: the words between an operator's request and the stored value.
import type { Configuration, Experiment, Override, RoutingSettings, Rule } from './configuration.ts';
import type { HealingSettings } from '../healing/healing-settings.ts';
import type { RetrySettings } from './retry-settings.ts';
import { RETRY_SETTINGS_DEFAULT } from '../retries/settable-figures.ts';
import type { ProcessorConfig } from '../processor-config.ts';
import type { ContextChange } from './context-change.ts';
import type { PriorChange } from './prior-change.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';

/** The exportable part: what an operator owns, without versions, epochs, revisions, what was learned, tombstones and overrides. */
export interface ConfigurationDocument {
  readonly processors: readonly ProcessorConfig[];
  readonly rules: readonly Rule[];
  readonly experiments: readonly Experiment[];
  readonly routing: RoutingSettings;
  readonly retries: RetrySettings;
}

export type ConfigurationChange =
  | { readonly op: 'put_processor'; readonly processor: ProcessorConfig; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_processor'; readonly id: ProcessorId }
  | { readonly op: 'put_rule'; readonly rule: Rule; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_rule'; readonly id: string }
  | { readonly op: 'put_experiment'; readonly experiment: Experiment; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_experiment'; readonly id: string }
  /** Of this run: a newer one has shown nothing yet. */
  | {
      readonly op: 'stop_arm';
      readonly id: string;
      readonly sinceVersion: number;
      readonly arm: 0 | 1;
      readonly why: string;
    }
  /** Both arms get payments again, in a run of its own. */
  | { readonly op: 'reopen_experiment'; readonly id: string }
  | { readonly op: 'put_override'; readonly override: Override }
  | { readonly op: 'delete_override'; readonly id: string }
  /** One that is past its time and still kept. */
  | { readonly op: 'end_override'; readonly id: string }
  | { readonly op: 'put_routing'; readonly routing: RoutingSettings }
  | { readonly op: 'put_retries'; readonly retries: RetrySettings }
  | { readonly op: 'put_healing'; readonly healing: HealingSettings }
  /** All of them together, or none. `contexts` left out: those stay. */
  | {
      readonly op: 'put_priors';
      readonly priors: readonly PriorChange[];
      readonly contexts?: readonly ContextChange[];
    }
  | { readonly op: 'delete_prior'; readonly processorId: ProcessorId; readonly segment: SegmentKey }
  | { readonly op: 'import'; readonly document: ConfigurationDocument };

/** `field` is the path under its API name, e.g. `payment_methods[2]` or `rules[0].action.processors[1]`; empty: the whole. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

export type ChangeReply =
  /** Of the version before, if everything was as the change wants it. */
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly reason: 'not_found' }
  | { readonly ok: false; readonly reason: 'already_exists' }
  | { readonly ok: false; readonly reason: 'stale_version'; readonly currentVersion: number }
  /** `more`: so many further issues are not among them. */
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly Issue[]; readonly more?: number };

/** An export that is imported again changes nothing (CFG-10). */
export function documentOf(configuration: Configuration): ConfigurationDocument {
  const { processors, rules, experiments, routing, retries = RETRY_SETTINGS_DEFAULT } = configuration;
  return {
    processors: processors.map(
      ({ epoch: _epoch, revision: _revision, priors: _priors, context: _context, ...processor }) => processor,
    ),
    rules,
    experiments: experiments.map(({ run: _run, ...experiment }) => experiment),
    routing,
    retries,
  };
}
