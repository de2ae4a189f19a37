// What the audit log keeps of a change: who and when is the Registry's; here what was before and after, short and without secrets.
import { KEY_TEXT_ANYWHERE } from './access.ts';
import type { Configuration } from './configuration.ts';
import { type ConfigurationChange, documentOf } from './configuration-change.ts';
import { difference } from './difference.ts';
import { priorOf } from '../learning/segment-prior.ts';
import type { PriorChange } from './prior-change.ts';

export const EXCERPT_MAX = 4_000;
const REDACTED = '[redacted]';
/** Names whose values are never written down, whatever stands in them. */
const SECRET_NAME = /hash|secret|token|password|passphrase|private_?key|api_?key|authorization/i;

/** JSON text of at most 4,000 characters, cut with `…`; `null` for nothing. Secrets are replaced before the cut. */
export function auditExcerpt(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value, (name, field: unknown) =>
    SECRET_NAME.test(name) && field !== null ? REDACTED : field,
  ).replaceAll(KEY_TEXT_ANYWHERE, REDACTED);
  return text.length <= EXCERPT_MAX ? text : `${text.slice(0, EXCERPT_MAX - 1)}…`;
}

export interface ChangeExcerpt {
  readonly action: ConfigurationChange['op'];
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** An import is kept as its differences: two whole documents cut at 4,000 characters would say nothing. */
export function excerptOf(before: Configuration, after: Configuration, change: ConfigurationChange): ChangeExcerpt {
  if (change.op === 'import') {
    const differences = difference(documentOf(before), documentOf(after));
    return { action: change.op, subject: 'configuration', before: null, after: auditExcerpt(differences) };
  }
  const { subject, part } = subjectOf(change);
  return { action: change.op, subject, before: auditExcerpt(part(before)), after: auditExcerpt(part(after)) };
}

interface Subject {
  readonly subject: string;
  readonly part: (configuration: Configuration) => unknown;
}

function subjectOf(change: Exclude<ConfigurationChange, { readonly op: 'import' }>): Subject {
  switch (change.op) {
    case 'put_processor':
      return entry('processors', change.processor.id);
    case 'delete_processor':
      return entry('processors', change.id);
    case 'put_rule':
      return entry('rules', change.rule.id);
    case 'delete_rule':
      return entry('rules', change.id);
    case 'put_experiment':
      return entry('experiments', change.experiment.id);
    case 'delete_experiment':
    case 'stop_arm':
    case 'reopen_experiment':
      return entry('experiments', change.id);
    case 'put_override':
      return entry('overrides', change.override.id);
    case 'delete_override':
    case 'end_override':
      return entry('overrides', change.id);
    case 'put_priors':
      return { subject: 'priors', part: (configuration) => learnedOf(configuration, change) };
    case 'delete_prior':
      return {
        subject: `${change.processorId} ${change.segment}`,
        part: (configuration) => priorsOf(configuration, [change])[0]?.prior,
      };
    case 'put_routing':
      return { subject: 'routing', part: ({ routing }) => routing };
    case 'put_healing':
      return { subject: 'healing', part: ({ healing }) => healing };
    case 'put_retries':
      return { subject: 'retries', part: ({ retries }) => retries };
  }
}

function learnedOf(
  configuration: Configuration,
  { priors, contexts }: Extract<ConfigurationChange, { readonly op: 'put_priors' }>,
): unknown {
  const named = priorsOf(configuration, priors);
  if (contexts === undefined) return named;
  const held = contexts.map(({ processorId }) => ({
    processorId,
    context: configuration.processors.find(({ id }) => id === processorId)?.context ?? null,
  }));
  return { contexts: held, priors: named };
}

/** Those that the change names, as they stand. */
function priorsOf(
  { processors }: Configuration,
  named: readonly Pick<PriorChange, 'processorId' | 'segment'>[],
): PriorChange[] {
  return named.map(({ processorId, segment }) => {
    const processor = processors.find(({ id }) => id === processorId);
    return { processorId, segment, prior: priorOf(processor?.priors, segment) ?? null };
  });
}

function entry(list: 'processors' | 'rules' | 'experiments' | 'overrides', id: string): Subject {
  return { subject: id, part: (configuration) => configuration[list].find((item) => item.id === id) };
}
