import { describe, expect, test } from 'vitest';
import { applyChange, epochSource } from '../../../src/domain/configuration/apply-change.ts';
import { documentOf, type ConfigurationChange } from '../../../src/domain/configuration/configuration-change.ts';
import {
  EMPTY_CONFIGURATION,
  type Configuration,
  type Experiment,
} from '../../../src/domain/configuration/configuration.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { armByte, readArm } from '../../../src/domain/experiments/experiment-run.ts';
import { JUDGING_DEFAULT } from '../../../src/domain/experiments/judgement.ts';
import { BREAKER_DEFAULTS, type ProcessorConfig } from '../../../src/domain/processor-config.ts';
import { decideOn, processor, row, table } from '../routing/made-table.ts';

const NOW = 1_000;
const experiment = (id: string, given: Partial<Experiment> = {}): Experiment => ({
  id,
  name: id,
  enabled: true,
  stickyBy: 'payment_id',
  paymentMethods: [],
  countries: [],
  shareA: 0.5,
  arms: [
    { name: 'ours', strategy: 'learned' },
    { name: 'theirs', strategy: 'techcart' },
  ],
  ...given,
});

function after(configuration: Configuration, ...changes: ConfigurationChange[]): Configuration {
  return changes.reduce((current, change) => {
    const outcome = applyChange(current, change, { now: NOW, nextEpoch: epochSource(current, NOW) });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    return outcome.configuration;
  }, configuration);
}
const put = (given: Experiment, mode: 'create' | 'replace' = 'create'): ConfigurationChange => ({
  op: 'put_experiment',
  experiment: given,
  mode,
});
const runOf = ({ experiments }: Configuration, id: string) => experiments.find((each) => each.id === id)!.run!;
const stop = (configuration: Configuration, id: string, arm: 0 | 1 = 1): ConfigurationChange => ({
  op: 'stop_arm',
  id,
  sinceVersion: runOf(configuration, id).sinceVersion,
  arm,
  why: 'it loses',
});
const processorConfig = (id: string): ProcessorConfig => {
  const { epoch: _epoch, revision: _revision, ...config } = processor(id);
  return { ...config, breaker: BREAKER_DEFAULTS };
};

const TWO = after(EMPTY_CONFIGURATION, put(experiment('one')), put(experiment('two')));

describe('a run', () => {
  test('[EXP-1] begins with its experiment, in a slot of its own', () => {
    expect(runOf(TWO, 'one')).toEqual({ slot: 0, sinceVersion: 1, sinceMs: NOW, stopped: null });
    expect(runOf(TWO, 'two')).toEqual({ slot: 1, sinceVersion: 2, sinceMs: NOW, stopped: null });
  });

  test.each([
    ['goes on under a new name', { name: 'other' }, false],
    ['goes on while it is off', { enabled: false }, false],
    ['is another with another share', { shareA: 0.4 }, true],
    ['is another with another key', { stickyBy: 'customer_ref' }, true],
    ['is another in other segments', { countries: ['BR'] }, true],
    ['is another under another test', { judging: { ...JUDGING_DEFAULT, alpha: 0.01 } }, true],
    [
      'is another with another strategy',
      { arms: [experiment('x').arms[0], { name: 'theirs', strategy: 'apos' }] },
      true,
    ],
  ] as const)('[EXP-1] %s', (_, given, isAnother) => {
    const changed = after(TWO, put(experiment('one', given as Partial<Experiment>), 'replace'));
    expect(runOf(changed, 'one').sinceVersion).toBe(isAnother ? 3 : 1);
    expect(runOf(changed, 'two').sinceVersion).toBe(2);
  });

  test('[EXP-1] is another where a processor is removed, and not where one comes', () => {
    const [id, create] = [asProcessorId('a'), 'create'] as const;
    const more = after(TWO, { op: 'put_processor', processor: processorConfig('a'), mode: create });
    expect(runOf(more, 'one')).toBe(runOf(TWO, 'one'));
    const less = after(more, { op: 'delete_processor', id });
    expect(runOf(less, 'one')).toEqual({ ...runOf(TWO, 'one'), sinceVersion: 4 });
    const stopped = after(more, stop(more, 'one'), { op: 'delete_processor', id });
    expect(runOf(stopped, 'one')).toMatchObject({ sinceVersion: 1, stopped: { arm: 1 } });
  });

  test('[EXP-1] is no part of an export, and an import of what is there keeps it', () => {
    const document = documentOf(TWO);
    expect(JSON.stringify(document)).not.toContain('slot');
    expect(after(TWO, { op: 'import', document }).experiments).toEqual(TWO.experiments);
  });
});

describe('the arm in a token', () => {
  test('[EXP-2] is read as it was written', () => {
    for (const id of ['one', 'two'])
      for (const arm of [0, 1] as const)
        expect(readArm(TWO.experiments, armByte(TWO.experiments, { id, arm }), 2)).toEqual({
          arm: arm + 1,
          run: `${id}@${id === 'one' ? 1 : 2}`,
        });
    expect(armByte(TWO.experiments, null)).toBe(0);
    expect(readArm(TWO.experiments, 0, 2)).toEqual({ arm: 0, run: null });
  });

  test('[EXP-2] of a slot that was given out again counts for none', () => {
    const byte = armByte(TWO.experiments, { id: 'one', arm: 1 });
    const next = after(TWO, { op: 'delete_experiment', id: 'one' }, put(experiment('three')));
    expect(runOf(next, 'three').slot).toBe(0);
    expect(readArm(next.experiments, byte, 2)).toEqual({ arm: 2, run: null });
    expect(readArm(next.experiments, byte, 4)).toEqual({ arm: 2, run: 'three@4' });
  });

  test('[EXP-2] fits its byte with as many experiments as there may be', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `exp_${index}`);
    const full = after(EMPTY_CONFIGURATION, ...ids.map((id) => put(experiment(id))));
    const bytes = ids.flatMap((id) => [0, 1].map((arm) => armByte(full.experiments, { id, arm: arm as 0 | 1 })));
    expect(new Set(bytes).size).toBe(200);
    expect(Math.max(...bytes)).toBeLessThan(256);
  });
});

describe('a stopped arm', () => {
  const stopped = after(TWO, stop(TWO, 'one', 0));

  test('[EXP-12] gets no payment, whatever its key, and no decision counts', () => {
    const on = table([processor('a')], [row('a')], { configuration: { experiments: stopped.experiments } });
    const decisions = Array.from({ length: 200 }, (_, index) => decideOn(on, { paymentId: `payment ${index}` }));
    expect(new Set(decisions.map(({ strategy }) => strategy))).toEqual(new Set(['techcart']));
    for (const decision of decisions) expect(armByte(stopped.experiments, decision.experiment)).toBe(0);
    expect(readArm(stopped.experiments, 1, 2).run).toBe('one@1');
  });

  test('[EXP-9] is stopped once, and never in a run that is over', () => {
    expect(after(stopped, stop(TWO, 'one', 1))).toEqual(stopped);
    const renewed = after(TWO, put(experiment('one', { shareA: 0.3 }), 'replace'));
    const outcome = applyChange(renewed, stop(TWO, 'one'), { now: NOW, nextEpoch: () => 1 });
    expect(outcome).toEqual({ ok: false, reason: 'not_found' });
  });

  test('[EXP-1] is opened again in a run of its own', () => {
    const reopened = after(stopped, { op: 'reopen_experiment', id: 'one' });
    expect(runOf(reopened, 'one')).toEqual({ slot: 0, sinceVersion: 4, sinceMs: NOW, stopped: null });
    expect(after(reopened, { op: 'reopen_experiment', id: 'one' })).toEqual(reopened);
    const nobody = applyChange(stopped, { op: 'reopen_experiment', id: 'x' }, { now: NOW, nextEpoch: () => 1 });
    expect(nobody).toEqual({ ok: false, reason: 'not_found' });
  });
});
