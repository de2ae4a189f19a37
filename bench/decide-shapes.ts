// Tables of any size for measuring the pure decision: so many processors of one segment, each with something learned, and so many rules.
import { addressOf, PIX_BR, resultOf } from '../test/harness/results.ts';
import { asProcessorId } from '../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../src/domain/processor-config.ts';
import { compileTable, type RoutingTable } from '../src/domain/routing/compile-table.ts';
import { EMPTY_CONFIGURATION, type Rule } from '../src/domain/configuration/configuration.ts';
import { ProcessorState } from '../src/domain/health/processor-state.ts';
import type { RouteRequest } from '../src/domain/routing/route-request.ts';
import { seeded } from '../test/harness/seeded.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

export interface DecideShape {
  readonly processors: number;
  readonly rules: number;
  /** Of the rules, those that speak of the segment: the index leaves only these to be read. */
  readonly speaking: number;
}

/** When the tables are of; a decision is made a second later. */
export const TABLE_MS = Date.UTC(2026, 10, 21);
const RESULTS = 200;

export function tableOf({ processors, rules, speaking }: DecideShape): RoutingTable {
  const draw = seeded(7);
  const ids = Array.from({ length: processors }, (_, index) => `processor_${index}`);
  const rows = ids.map((id) => rowOf(id, draw));
  return compileTable({
    configuration: {
      ...EMPTY_CONFIGURATION,
      version: 1,
      processors: ids.map(processorOf),
      rules: Array.from({ length: rules }, (_, index) => ruleOf(index, index < speaking, processors)),
    },
    rows: new Map(rows.map((row) => [row.processorId, row])),
    silences: [],
    segmentRates: new Map(),
    asOfMs: TABLE_MS,
  });
}

/** Of amounts from 1.00 to about 655.00, so that some rules match some payments. */
export function requestsOf(count: number): RouteRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ paymentMethod: 'PIX', country: 'BR', amountMinor: 100 + ((index * 2_654_435) % 65_536), currency: 'BRL' },
    ...{ bin: null, network: null, threeDs: null, customerRef: null, paymentId: null, credentialKind: null },
    ...{ metadata: { channel: index % 2 === 0 ? 'web' : 'app' }, eligibleProcessors: null },
    ...{ strategy: null, actualProcessor: null },
  }));
}

function rowOf(id: string, draw: () => number): StatusRow {
  const state = ProcessorState.create(addressOf(id), '0123456789abcdef');
  const results = Array.from({ length: RESULTS }, (_, index) => {
    const luck = draw();
    const result = luck < 0.01 ? 'error' : luck < 0.15 ? 'declined' : 'approved';
    return resultOf(id, { eventTimeMs: TABLE_MS - RESULTS + index, result, segment: PIX_BR });
  });
  state.apply({ kind: 'results', at: TABLE_MS, results });
  return state.publishRow(TABLE_MS);
}

const processorOf = (id: string, index: number): RegisteredProcessor => ({
  ...{ id: asProcessorId(id), name: id, enabled: true, paymentMethods: ['PIX'], countries: ['BR'], currencies: null },
  ...{ amountLimits: [], credentialKinds: null, feeFixedMinor: 10, feeBps: 100 + (index % 50), maxTps: null },
  ...{ maxShare: null, minShare: null, priority: index, weight: 1, breaker: BREAKER_DEFAULTS, epoch: 1, revision: 1 },
});

/** Each asks something of the payment; about one payment in twenty meets one of them, none takes the choice away. */
function ruleOf(index: number, isSpeaking: boolean, processors: number): Rule {
  const cents = 50_000 + ((index * 7_919) % 15_000);
  const conditions = [
    `amount_minor > ${cents} && amount_minor < ${cents + 150}`,
    `metadata.channel == "kiosk" || amount > ${Math.floor(cents / 10)}.5`,
    `currency == "USD" && hour >= ${index % 24}`,
  ];
  return {
    id: `rule_${index}`,
    name: `Rule ${index}`,
    enabled: true,
    priority: index,
    paymentMethods: isSpeaking ? [] : ['CARD'],
    countries: isSpeaking ? [] : ['US'],
    currencies: [],
    condition: conditions[index % 3]!,
    when: null,
    action: { kind: 'prefer', processors: [asProcessorId(`processor_${index % processors}`)] },
  };
}
