// Rules: list, read, create, replace, remove.
import type { App } from '../context.ts';
import { change, newId, readConfiguration } from '../configuration-access.ts';
import { serve } from '../endpoint.ts';
import type { Configuration } from '../../domain/configuration/configuration.ts';
import { IdParams } from '../schemas/primitives.ts';
import { RuleAnswer, RuleInput, RuleList, ruleJson, ruleOf } from '../schemas/rules.ts';

const PATH = '/api/v1/rules';
const tag = 'Rules and experiments';

export function mountRules(app: App): void {
  serve(
    app,
    { method: 'get', path: PATH, scope: 'read', tag, summary: 'List rules', answer: { status: 200, description: 'All of them; the ETag is the configuration version', schema: RuleList } },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const rules = configuration.rules.map(ruleJson);
      return { body: { rules, count: rules.length }, version: configuration.version };
    },
  );
  serve(
    app,
    { method: 'get', path: `${PATH}/{id}`, scope: 'read', tag, summary: 'Read a rule', params: IdParams, answer: { status: 200, description: 'The rule', schema: RuleAnswer } },
    async (call) => {
      const configuration = await readConfiguration(call);
      return configuration === null ? { refused: { reason: 'no_table' } } : told(configuration, call.params.id);
    },
  );
  serve(
    app,
    { method: 'post', path: PATH, scope: 'operate', tag, summary: 'Create a rule', body: RuleInput, answer: { status: 201, description: 'In force from now on', schema: RuleAnswer } },
    async (call) => {
      const id = call.body.id ?? newId('rul', call.world);
      const changed = await change(call, 'rule', { op: 'put_rule', rule: ruleOf(id, call.body), mode: 'create' });
      return 'refused' in changed ? changed : told(changed.configuration, id);
    },
  );
  serve(
    app,
    { method: 'put', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Replace a rule', description: 'The id is the one in the path; send the ETag you read in If-Match.', params: IdParams, body: RuleInput, answer: { status: 200, description: 'As it is now', schema: RuleAnswer } },
    async (call) => {
      const { id } = call.params;
      const changed = await change(call, 'rule', { op: 'put_rule', rule: ruleOf(id, call.body), mode: 'replace' });
      return 'refused' in changed ? changed : told(changed.configuration, id);
    },
  );
  serve(
    app,
    { method: 'delete', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Remove a rule', params: IdParams, answer: { status: 204, description: 'Removed' } },
    async (call) => {
      const changed = await change(call, 'rule', { op: 'delete_rule', id: call.params.id });
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}

function told({ rules, version }: Configuration, id: string) {
  const found = rules.find((rule) => rule.id === id);
  if (found === undefined) return { refused: { reason: 'not_found', what: 'rule' } as const };
  return { body: ruleJson(found), version };
}
