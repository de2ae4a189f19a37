// Values that pass every check, for tests to bend one field at a time.
import { applyChange, epochSource } from '../../../src/domain/configuration/apply-change.ts';
import {
  type ApiKeyRecord,
  type Configuration,
  EMPTY_CONFIGURATION,
  type Experiment,
  type Override,
  ROUTING_SETTINGS_DEFAULT,
  type Rule,
} from '../../../src/domain/configuration/configuration.ts';
import type {
  ConfigurationChange,
  ConfigurationDocument,
} from '../../../src/domain/configuration/configuration-change.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { RETRY_SETTINGS_DEFAULT } from '../../../src/domain/retries/settable-figures.ts';
import { BREAKER_DEFAULTS, type ProcessorConfig } from '../../../src/domain/processor-config.ts';

export const NOW = 1_790_000_000_000;

export const processor = (id: string, fields: Partial<ProcessorConfig> = {}): ProcessorConfig => ({
  id: asProcessorId(id),
  name: `Processor ${id}`,
  enabled: true,
  paymentMethods: ['PIX', 'CARD'],
  countries: ['BR', 'MX'],
  currencies: ['BRL', 'MXN'],
  amountLimits: [{ currency: 'BRL', minMinor: 100, maxMinor: 1_000_000 }],
  credentialKinds: null,
  feeFixedMinor: 30,
  feeBps: 250,
  maxTps: null,
  maxShare: null,
  minShare: null,
  priority: 1,
  weight: 1,
  breaker: BREAKER_DEFAULTS,
  ...fields,
});

export const rule = (id: string, fields: Partial<Rule> = {}): Rule => ({
  id,
  name: `Rule ${id}`,
  enabled: true,
  priority: 10,
  paymentMethods: ['CARD'],
  countries: [],
  currencies: [],
  condition: 'amount > 100.0',
  when: null,
  action: { kind: 'prefer', processors: [asProcessorId('a')] },
  ...fields,
});

export const experiment = (id: string, fields: Partial<Experiment> = {}): Experiment => ({
  id,
  name: `Experiment ${id}`,
  enabled: true,
  stickyBy: 'customer_ref',
  paymentMethods: [],
  countries: [],
  shareA: 0.5,
  arms: [
    { name: 'control', strategy: 'techcart' },
    { name: 'treatment', strategy: 'learned' },
  ],
  ...fields,
});

export const override = (id: string, fields: Partial<Override> = {}): Override => ({
  id,
  processorId: asProcessorId('a'),
  segment: null,
  kind: 'drain',
  who: 'ana@merchant.example',
  why: 'planned maintenance',
  createdAtMs: NOW,
  expiresAtMs: NOW + 3_600_000,
  ...fields,
});

export const apiKey = (id: string, fields: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id,
  name: `Key ${id}`,
  hash: id.padEnd(64, '0'),
  scopes: ['admin'],
  createdAtMs: NOW,
  expiresAtMs: null,
  ...fields,
});

export const sampleDocument = (fields: Partial<ConfigurationDocument> = {}): ConfigurationDocument => ({
  processors: [processor('a'), processor('b')],
  rules: [rule('big')],
  experiments: [experiment('trial')],
  routing: ROUTING_SETTINGS_DEFAULT,
  retries: RETRY_SETTINGS_DEFAULT,
  ...fields,
});

export function outcomeOf(configuration: Configuration, change: ConfigurationChange, now = NOW) {
  return applyChange(configuration, change, { now, nextEpoch: epochSource(configuration, now) });
}

/** The configuration after these changes, all of which must be accepted. */
export function changed(
  configuration: Configuration,
  changes: readonly ConfigurationChange[],
  now = NOW,
): Configuration {
  return changes.reduce((current, change) => {
    const outcome = outcomeOf(current, change, now);
    if (!outcome.ok) throw new Error(`${change.op} was refused: ${JSON.stringify(outcome)}`);
    return outcome.configuration;
  }, configuration);
}

export const sampleConfiguration = (): Configuration =>
  changed(EMPTY_CONFIGURATION, [{ op: 'import', document: sampleDocument() }]);
