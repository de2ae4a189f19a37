import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CEILING_IDS } from '../../../src/domain/retries/ceiling-ids.ts';
import { checkRetries } from '../../../src/domain/configuration/retry-check.ts';
import { DEFAULT_RETRY_POLICY, limitsAt } from '../../../src/domain/retries/retry-policy.ts';
import { ceilingOf, editionAt } from '../../../src/domain/retries/network-rules.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import {
  effectiveCeilings,
  policySet,
  RETRY_SETTINGS_DEFAULT,
  SETTABLE_FIGURES,
} from '../../../src/domain/retries/settable-figures.ts';
import { applyChange } from '../../../src/domain/configuration/apply-change.ts';
import { EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import { readConfiguration, writeConfiguration } from '../../../src/domain/configuration/stored-configuration.ts';
import { documentOf } from '../../../src/domain/configuration/configuration-change.ts';
import type { CeilingFigures, RetrySettings } from '../../../src/domain/configuration/retry-settings.ts';

const A = asProcessorId('processor_a');
const NOW = Date.UTC(2026, 10, 21);
const BEFORE_VISA_2026 = Date.UTC(2026, 3, 17);
const REGISTERED: ReadonlySet<string> = new Set([A]);
const ceilingsWith = (given: Partial<CeilingFigures>): CeilingFigures => ({
  ...RETRY_SETTINGS_DEFAULT.ceilings,
  ...given,
});
const settingsWith = (given: Partial<RetrySettings>): RetrySettings => ({ ...RETRY_SETTINGS_DEFAULT, ...given });
const refused = (given: Partial<RetrySettings>): string[] =>
  checkRetries(settingsWith(given), REGISTERED, 'at.').map(({ field }) => field);

test.each(SETTABLE_FIGURES)('[CFG-31] $name is kept within $least and $most, and whole', (figure) => {
  const { key, name, unit, least, most } = figure;
  for (const value of [least, most]) expect(refused({ [key]: value * unit })).toEqual([]);
  for (const value of [least - 1, most + 1, least + 0.5, NaN, Infinity])
    expect(refused({ [key]: value * unit })).toEqual([`at.${name}`]);
});

test('[CFG-30] what is left open is our own policy, and that is within its own bounds', () => {
  expect(policySet(RETRY_SETTINGS_DEFAULT)).toEqual(DEFAULT_RETRY_POLICY);
  const { hopsMax, technicalRetriesMax, retriesWithoutAdvice } = DEFAULT_RETRY_POLICY;
  const { laterWaitMs, laterSpreadMs, reconcileWaitMs, checkoutWaitMaxMs } = DEFAULT_RETRY_POLICY;
  const waits = { laterWaitMs, laterSpreadMs, reconcileWaitMs, checkoutWaitMaxMs };
  const same = settingsWith({ hopsMax, technicalRetriesMax, retriesWithoutAdvice, ...waits });
  expect(checkRetries(same, REGISTERED, '')).toEqual([]);
  expect(policySet(same)).toEqual(DEFAULT_RETRY_POLICY);
});

const figures: fc.Arbitrary<CeilingFigures> = fc
  .tuple(...CEILING_IDS.map(() => fc.option(fc.integer({ min: -1, max: 22 }))))
  .map((values) => Object.fromEntries(CEILING_IDS.map((id, index) => [id, values[index]])) as CeilingFigures);

test('[CFG-31] whatever ceilings are accepted, none is looser than the network’s figure of the day, nor an acquirer’s looser than the merchant’s', () => {
  let accepted = 0;
  fc.assert(
    fc.property(figures, figures, fc.constantFrom(NOW, BEFORE_VISA_2026), (own, acquirers, now) => {
      const settings = settingsWith({ ceilings: own, acquirers: [{ processorId: A, ceilings: acquirers }] });
      const isAccepted = checkRetries(settings, REGISTERED, '').length === 0;
      accepted += Number(isAccepted);
      const policy = policySet(settings);
      for (const { id, max, edition } of effectiveCeilings(settings, now)) {
        expect(edition).toBe(editionAt(ceilingOf(id), now));
        expect(max).toBeLessThanOrEqual(edition.hardMax);
        expect(limitsAt(policy, A, now)[id]).toBeLessThanOrEqual(max);
        if (isAccepted && own[id] !== null) expect(max).toBe(Math.min(own[id], edition.hardMax));
      }
    }),
    { numRuns: 2_000, seed: 4 },
  );
  expect(accepted).toBeGreaterThan(10);
});

test('[CFG-31] Visa’s 20 may be said, and holds from the edition on that allows it', () => {
  const settings = settingsWith({ ceilings: ceilingsWith({ visa_reattempts_30d: 20 }) });
  expect(checkRetries(settings, REGISTERED, '')).toEqual([]);
  expect(limitsAt(policySet(settings), A, NOW).visa_reattempts_30d).toBe(20);
  expect(limitsAt(policySet(settings), A, BEFORE_VISA_2026).visa_reattempts_30d).toBe(15);
});

test('[CFG-30] a configuration that was stored without retry settings is read as it was, and one with them comes back the same', () => {
  const old = readConfiguration(writeConfiguration(EMPTY_CONFIGURATION).join(''));
  expect(old).toEqual(EMPTY_CONFIGURATION);
  expect(documentOf(old).retries).toEqual(RETRY_SETTINGS_DEFAULT);
  const change = { op: 'put_retries', retries: settingsWith({ hopsMax: 0 }) } as const;
  const changed = applyChange(old, change, { now: NOW, nextEpoch: () => NOW });
  if (!changed.ok) throw new Error(changed.reason);
  expect(readConfiguration(writeConfiguration(changed.configuration).join(''))).toEqual(changed.configuration);
  expect(changed.configuration.retries).toEqual(change.retries);
});
