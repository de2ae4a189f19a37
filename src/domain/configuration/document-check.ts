// Whether a whole document may be imported: every part on its own, and no id twice.
import type { ConfigurationDocument, Issue } from './configuration-change.ts';
import { checkBackups } from './backups-check.ts';
import { checkProcessor } from './processor-check.ts';
import { checkRetries } from './retry-check.ts';
import { checkRule } from './rule-check.ts';
import { checkExperiment, checkRouting } from './settings-check.ts';

export function checkDocument({ processors, rules, experiments, routing, retries }: ConfigurationDocument): Issue[] {
  const registered = new Set<string>(processors.map(({ id }) => id));
  return [
    ...repeated(processors, 'processors'),
    ...processors.flatMap((processor, index) => checkProcessor(processor, `processors[${index}].`)),
    ...processors.flatMap((processor, index) => checkBackups(processor, registered, `processors[${index}].`)),
    ...repeated(rules, 'rules'),
    ...rules.flatMap((rule, index) => checkRule(rule, registered, `rules[${index}].`)),
    ...repeated(experiments, 'experiments'),
    ...experiments.flatMap((experiment, index) => checkExperiment(experiment, `experiments[${index}].`)),
    ...checkRouting(routing, 'routing.'),
    ...checkRetries(retries, registered, 'retry_policy.'),
  ];
}

function repeated(items: readonly { readonly id: string }[], field: string): Issue[] {
  const seen = new Set<string>();
  return items.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ field: `${field}[${index}].id`, message: 'is named twice' }];
  });
}
