// Rules: they act on the next decision after they are written.
import { ID_OF_PATH, mountCollection } from '../collection.ts';
import { newId } from '../configuration-access.ts';
import type { App } from '../context.ts';
import { RuleAnswer, RuleInput, ruleJson, RuleList, ruleOf } from '../schemas/rules.ts';

export function mountRules(app: App): void {
  mountCollection(app, {
    path: '/api/v1/rules',
    tag: 'Rules and experiments',
    kind: 'rule',
    named: 'a rule',
    plural: 'rules',
    input: RuleInput,
    output: RuleAnswer,
    list: RuleList,
    thingsOf: ({ rules }) => rules,
    json: ruleJson,
    listJson: (rules) => ({ rules: rules.map(ruleJson), count: rules.length }),
    idOf: ({ id }, world) => id ?? newId('rul', world),
    mismatch: (body, id) => ((body.id ?? id) === id ? null : ID_OF_PATH),
    put: (id, body, mode) => ({ op: 'put_rule', rule: ruleOf(id, body), mode }),
    remove: (id) => ({ op: 'delete_rule', id }),
  });
}
