// Whether a rule may be stored: its condition parses, it names only registered processors, its action says something.
import { checkCondition } from '../routing/rule-condition.ts';
import type { Rule, RuleAction, StatePredicate } from './configuration.ts';
import type { Issue } from './configuration-change.ts';
import {
  checkCode,
  checkCodes,
  checkName,
  CODES,
  type FieldCheck,
  issuesOf,
  isWithin,
  type ListBounds,
} from './field-check.ts';

const INDEX_BOUNDS: ListBounds = { min: 0, max: 256 };
const PROCESSORS_BOUNDS: ListBounds = { min: 1, max: 200 };

/** `path` is empty or ends with a dot. */
export function checkRule(rule: Rule, registered: ReadonlySet<string>, path: string): Issue[] {
  const condition = rule.condition === null ? null : checkCondition(rule.condition);
  return issuesOf([
    checkCode(rule.id, CODES.id, `${path}id`),
    checkName(rule.name, `${path}name`),
    [Number.isSafeInteger(rule.priority), `${path}priority`, 'must be a whole number'],
    ...checkCodes(rule.paymentMethods, CODES.paymentMethod, INDEX_BOUNDS, `${path}payment_methods`),
    ...checkCodes(rule.countries, CODES.country, INDEX_BOUNDS, `${path}countries`),
    ...checkCodes(rule.currencies, CODES.currency, INDEX_BOUNDS, `${path}currencies`),
    ...(condition === null || condition.ok ? [] : [[false, `${path}condition`, condition.message] as const]),
    ...(rule.when === null ? [] : checkPredicate(rule.when, registered, `${path}when.`)),
    ...checkAction(rule.action, registered, `${path}action.`),
  ]);
}

/** Every processor a rule speaks of, in its action or its predicate. */
export function processorsNamedBy({ action, when }: Rule): readonly string[] {
  return [...processorsOf(action), ...(when?.processorId === undefined ? [] : [when.processorId])];
}

function processorsOf(action: RuleAction): readonly string[] {
  switch (action.kind) {
    case 'pin':
    case 'prefer':
    case 'exclude':
      return action.processors;
    case 'split':
      return action.weights.map(({ processor }) => processor);
    case 'strategy':
      return [];
  }
}

const checkRegistered = (id: string, registered: ReadonlySet<string>, field: string): FieldCheck => [
  registered.has(id),
  field,
  'names a processor that is not registered',
];

function checkPredicate(when: StatePredicate, registered: ReadonlySet<string>, path: string): FieldCheck[] {
  const isRate = (rate: number | undefined): boolean => rate === undefined || isWithin(rate, 0, 1);
  const isBound = (bound: number | undefined): boolean =>
    bound === undefined || isWithin(bound, 0, Number.MAX_SAFE_INTEGER);
  return [
    ...(when.processorId === undefined ? [] : [checkRegistered(when.processorId, registered, `${path}processor_id`)]),
    // An empty list would make a rule that never acts and does not say so.
    [when.statusIn?.length !== 0, `${path}status_in`, 'must name at least one status'],
    [when.breakerIn?.length !== 0, `${path}breaker_in`, 'must name at least one state'],
    [isRate(when.approvalBelow), `${path}approval_below`, 'must be 0-1'],
    [isRate(when.approvalAtLeast), `${path}approval_at_least`, 'must be 0-1'],
    [isBound(when.latencyP95MsAbove), `${path}latency_p95_ms_above`, 'must be 0 or more'],
    [isBound(when.costMinorAbove), `${path}cost_minor_above`, 'must be 0 or more'],
  ];
}

function checkAction(action: RuleAction, registered: ReadonlySet<string>, path: string): FieldCheck[] {
  switch (action.kind) {
    case 'pin':
    case 'prefer':
    case 'exclude':
      return checkNamed(action.processors, registered, (index) => `${path}processors${index}`);
    case 'split':
      return [
        ...checkNamed(processorsOf(action), registered, (index) => `${path}weights${index && `${index}.processor`}`),
        ...action.weights.map(
          ({ weight }, index): FieldCheck => [
            isWithin(weight, 0, 1_000_000),
            `${path}weights[${index}].weight`,
            'must be 0-1000000',
          ],
        ),
        [action.weights.some(({ weight }) => weight > 0), `${path}weights`, 'must have a weight above 0'],
        ...(action.stickyBy === null ? [] : [checkCode(action.stickyBy, CODES.stickyKey, `${path}sticky_by`)]),
      ];
    case 'strategy':
      return [];
  }
}

/** `at` turns `[2]` into the entry's path and the empty text into the list's. */
function checkNamed(
  processors: readonly string[],
  registered: ReadonlySet<string>,
  at: (index: string) => string,
): FieldCheck[] {
  const { min, max } = PROCESSORS_BOUNDS;
  if (!isWithin(processors.length, min, max)) return [[false, at(''), `must have ${min}-${max} entries`]];
  return processors.flatMap((id, index): FieldCheck[] => [
    checkRegistered(id, registered, at(`[${index}]`)),
    [processors.indexOf(id) === index, at(`[${index}]`), 'is named twice'],
  ]);
}
