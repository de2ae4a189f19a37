import { describe, expect, test } from 'vitest';
import { isBuried, LIMITS, withoutExpired } from '../../../src/domain/configuration/apply-change.ts';
import { EMPTY_CONFIGURATION, type Configuration } from '../../../src/domain/configuration/configuration.ts';
import { type ConfigurationChange, documentOf } from '../../../src/domain/configuration/configuration-change.ts';
import { difference } from '../../../src/domain/configuration/difference.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import type { SegmentKey } from '../../../src/domain/identity.ts';
import { RETRY_SETTINGS_DEFAULT } from '../../../src/domain/retries/settable-figures.ts';
import {
  changed,
  experiment,
  NOW,
  outcomeOf,
  override,
  processor,
  rule,
  sampleConfiguration,
  sampleDocument,
} from './sample-configuration.ts';

const A = asProcessorId('a');
const SAMPLE = sampleConfiguration();
const epochOf = ({ processors }: Configuration, id: string): number | undefined =>
  processors.find((held) => held.id === id)?.epoch;

describe('presence', () => {
  const cases: readonly [string, ConfigurationChange, string][] = [
    ['a processor', { op: 'put_processor', processor: processor('a'), mode: 'create' }, 'already_exists'],
    ['a processor', { op: 'put_processor', processor: processor('x'), mode: 'replace' }, 'not_found'],
    ['a processor', { op: 'delete_processor', id: asProcessorId('x') }, 'not_found'],
    ['a rule', { op: 'put_rule', rule: rule('big'), mode: 'create' }, 'already_exists'],
    ['a rule', { op: 'put_rule', rule: rule('x'), mode: 'replace' }, 'not_found'],
    ['a rule', { op: 'delete_rule', id: 'x' }, 'not_found'],
    ['an experiment', { op: 'put_experiment', experiment: experiment('trial'), mode: 'create' }, 'already_exists'],
    ['an experiment', { op: 'put_experiment', experiment: experiment('x'), mode: 'replace' }, 'not_found'],
    ['an experiment', { op: 'delete_experiment', id: 'x' }, 'not_found'],
    ['an override', { op: 'delete_override', id: 'x' }, 'not_found'],
  ];
  test.each(cases)('[CFG-7] %s is refused by %o with %s', (_, change, reason) => {
    expect(outcomeOf(SAMPLE, change)).toEqual({ ok: false, reason });
  });
});

describe('versions', () => {
  const changes: readonly ConfigurationChange[] = [
    { op: 'put_processor', processor: processor('c'), mode: 'create' },
    { op: 'put_processor', processor: processor('a', { weight: 2 }), mode: 'replace' },
    { op: 'put_rule', rule: rule('new'), mode: 'create' },
    { op: 'put_rule', rule: rule('big', { priority: 1 }), mode: 'replace' },
    { op: 'delete_rule', id: 'big' },
    { op: 'put_experiment', experiment: experiment('trial', { shareA: 0.1 }), mode: 'replace' },
    { op: 'delete_experiment', id: 'trial' },
    { op: 'put_override', override: override('o') },
    { op: 'put_routing', routing: { ...SAMPLE.routing, strategy: 'balanced' } },
    { op: 'put_retries', retries: { ...RETRY_SETTINGS_DEFAULT, hopsMax: 2 } },
    { op: 'import', document: sampleDocument({ rules: [] }) },
  ];
  test.each(changes.map((change) => [change.op, change] as const))(
    '[CFG-8] an accepted %s raises the version by exactly one and leaves what was before as it was',
    (_, change) => {
      const before = structuredClone(SAMPLE);
      const after = changed(SAMPLE, [change]);
      expect(after.version).toBe(SAMPLE.version + 1);
      expect(difference(documentOf(SAMPLE), documentOf(after)).length + after.overrides.length).toBe(1);
      expect(SAMPLE).toEqual(before);
    },
  );

  test('[CFG-8] a processor carries the version of its own last change', () => {
    const after = changed(SAMPLE, [
      { op: 'put_routing', routing: SAMPLE.routing },
      { op: 'put_processor', processor: processor('a', { weight: 2 }), mode: 'replace' },
      { op: 'put_rule', rule: rule('new'), mode: 'create' },
    ]);
    expect(after.processors.map(({ id, revision }) => [id, revision])).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
  });
});

describe('epochs', () => {
  test('[CFG-9] a processor gets max(last + 1, now) at registration and keeps it when it is replaced', () => {
    expect(SAMPLE.processors.map(({ epoch }) => epoch)).toEqual([NOW, NOW + 1]);
    const replaced = changed(
      SAMPLE,
      [{ op: 'put_processor', processor: processor('a', { weight: 3 }), mode: 'replace' }],
      NOW + 9,
    );
    expect(epochOf(replaced, 'a')).toBe(NOW);
    const grown = changed(SAMPLE, [{ op: 'put_processor', processor: processor('c'), mode: 'create' }], NOW + 9);
    expect(epochOf(grown, 'c')).toBe(NOW + 9);
  });

  test('[CFG-9] an epoch is not given out twice, though the clock goes back and the processor is deleted in between', () => {
    const create = { op: 'put_processor', processor: processor('c'), mode: 'create' } as const;
    const remove = { op: 'delete_processor', id: asProcessorId('c') } as const;
    const after = changed(SAMPLE, [create, remove, create, remove, create], NOW - 60_000);
    expect(epochOf(after, 'c')).toBe(NOW + 4);
    expect(after.tombstones).toEqual([{ processorId: 'c', epoch: NOW + 3 }]);
  });

  test('[CFG-9] what comes from up to the tombstone is buried, what comes from the namesake after it is not', () => {
    const after = changed(SAMPLE, [
      { op: 'delete_rule', id: 'big' },
      { op: 'delete_processor', id: A },
      { op: 'put_processor', processor: processor('a'), mode: 'create' },
    ]);
    const epoch = epochOf(after, 'a') ?? 0;
    expect([NOW - 1, NOW, epoch].map((of) => isBuried(after, 'a', of))).toEqual([true, true, false]);
    expect(isBuried(after, 'b', NOW)).toBe(false);
  });

  test('[CFG-9] the 1,000 youngest tombstones are kept', () => {
    const old = Array.from({ length: LIMITS.tombstones }, (_, at) => ({
      processorId: asProcessorId(`p${at}`),
      epoch: at + 1,
    }));
    const after = changed({ ...SAMPLE, rules: [], tombstones: old }, [{ op: 'delete_processor', id: A }]);
    expect(after.tombstones).toHaveLength(LIMITS.tombstones);
    expect(after.tombstones[0]?.epoch).toBe(2);
    expect(after.tombstones.at(-1)).toEqual({ processorId: 'a', epoch: NOW });
  });
});

describe('deletion', () => {
  const naming = [
    rule('r', { action: { kind: 'pin', processors: [A] } }),
    rule('r', { action: { kind: 'prefer', processors: [A] } }),
    rule('r', { action: { kind: 'exclude', processors: [A] } }),
    rule('r', { action: { kind: 'split', weights: [{ processor: A, weight: 1 }], stickyBy: null } }),
    rule('r', { action: { kind: 'strategy', strategy: 'balanced' }, when: { processorId: A } }),
    rule('r', { action: { kind: 'pin', processors: [A] }, enabled: false }),
  ];
  test.each(naming.map((named) => [named.action.kind, named] as const))(
    '[CFG-11] a processor that a rule names (%s) is not deleted, and the refusal names the rule',
    (_, named) => {
      const outcome = outcomeOf({ ...SAMPLE, rules: [named] }, { op: 'delete_processor', id: A });
      const issues = [{ field: 'id', message: 'is named by rule r' }];
      expect(outcome).toEqual({ ok: false, reason: 'invalid', issues });
    },
  );

  const backups = (...names: string[]) => ({ backups: names.map(asProcessorId) });
  test.each([
    ['itself', ['a'], 'backups[0]', 'is the processor itself'],
    ['nobody that is registered', ['b', 'x'], 'backups[1]', 'names a processor that is not registered'],
    ['one twice', ['b', 'b'], 'backups[1]', 'is named twice'],
    ['too many', Array.from({ length: 17 }, () => 'b'), 'backups', 'must have 0-16 entries'],
  ])('[CFG-33] a processor that names %s as its backup is refused by field', (_, names, field, message) => {
    const put = { op: 'put_processor', processor: processor('a', backups(...names)), mode: 'replace' } as const;
    expect(outcomeOf(SAMPLE, put)).toEqual({ ok: false, reason: 'invalid', issues: [{ field, message }] });
    const [, other] = SAMPLE.processors;
    const document = { ...sampleDocument(), processors: [processor('a', backups(...names)), other!] };
    const issues = [{ field: `processors[0].${field}`, message }];
    expect(outcomeOf(SAMPLE, { op: 'import', document })).toEqual({ ok: false, reason: 'invalid', issues });
  });

  test('[CFG-33] a backup of another is not deleted, and the refusal names the other', () => {
    const put = { op: 'put_processor', processor: processor('a', backups('b')), mode: 'replace' } as const;
    const issues = [{ field: 'id', message: 'is a backup of a' }];
    const b = asProcessorId('b');
    expect(outcomeOf(changed(SAMPLE, [put]), { op: 'delete_processor', id: b })).toEqual({
      ok: false,
      reason: 'invalid',
      issues,
    });
  });

  test('[CFG-11] a deleted processor takes its overrides with it and leaves a tombstone', () => {
    const after = changed(SAMPLE, [
      { op: 'delete_rule', id: 'big' },
      { op: 'put_override', override: override('of-a') },
      { op: 'put_override', override: override('of-b', { processorId: asProcessorId('b') }) },
      { op: 'delete_processor', id: A },
    ]);
    expect(after.processors.map(({ id }) => id)).toEqual(['b']);
    expect(after.overrides.map(({ id }) => id)).toEqual(['of-b']);
    expect(after.tombstones).toEqual([{ processorId: 'a', epoch: NOW }]);
  });
});

describe('overrides', () => {
  test('[CFG-5] an override lives as long as it was to, from the moment it is applied', () => {
    const late = changed(SAMPLE, [{ op: 'put_override', override: override('o') }], NOW + 4_000);
    expect(late.overrides).toEqual([override('o', { createdAtMs: NOW + 4_000, expiresAtMs: NOW + 3_604_000 })]);
  });

  test('[CFG-5] an override of the same id takes the place of the one before', () => {
    const segment = 'PIX|BR' as SegmentKey;
    const after = changed(SAMPLE, [
      { op: 'put_override', override: override('o') },
      { op: 'put_override', override: override('o', { segment, kind: 'force_open' }) },
    ]);
    expect(after.overrides).toEqual([override('o', { segment, kind: 'force_open' })]);
  });

  test('[CFG-12] an expired override is not shown, and gone for good with the next change', () => {
    const held = changed(SAMPLE, [{ op: 'put_override', override: override('o') }]);
    const { expiresAtMs } = override('o');
    expect(withoutExpired(held, expiresAtMs - 1)).toBe(held);
    expect(withoutExpired(held, expiresAtMs).overrides).toEqual([]);
    expect(changed(held, [{ op: 'put_rule', rule: rule('n'), mode: 'create' }], expiresAtMs).overrides).toEqual([]);
    expect(outcomeOf(held, { op: 'delete_override', id: 'o' }, expiresAtMs)).toEqual({
      ok: false,
      reason: 'not_found',
    });
  });
});

describe('import', () => {
  test('[CFG-10] an export that is imported again changes nothing but the version', () => {
    const held = changed(SAMPLE, [{ op: 'put_override', override: override('o') }]);
    const again = changed(held, [{ op: 'import', document: documentOf(held) }], NOW + 5);
    expect(again).toEqual({ ...held, version: held.version + 1 });
  });

  test('[CFG-10] an export says nothing of versions, epochs, revisions, tombstones and overrides', () => {
    const text = JSON.stringify(documentOf(SAMPLE));
    for (const name of ['version', 'epoch', 'revision', 'tombstones', 'overrides'])
      expect(text).not.toContain(`"${name}"`);
    expect(documentOf(SAMPLE)).toEqual(sampleDocument());
  });

  test('[CFG-10] processors that stay keep epoch and overrides, the others are buried, new ones are registered', () => {
    const held = changed(SAMPLE, [
      { op: 'put_override', override: override('of-a') },
      { op: 'put_override', override: override('of-b', { processorId: asProcessorId('b') }) },
    ]);
    const document = sampleDocument({ processors: [processor('c'), processor('a', { weight: 7 })] });
    const after = changed(held, [{ op: 'import', document }], NOW + 5);
    expect(after.processors.map(({ id, epoch, revision }) => ({ id, epoch, revision }))).toEqual([
      { id: 'c', epoch: NOW + 5, revision: after.version },
      { id: 'a', epoch: NOW, revision: after.version },
    ]);
    expect(after.tombstones).toEqual([{ processorId: 'b', epoch: NOW + 1 }]);
    expect(after.overrides.map(({ id }) => id)).toEqual(['of-a']);
  });

  test('[CFG-10] a document with one fault anywhere is refused as a whole, every fault named by its path', () => {
    const document = sampleDocument({
      processors: [processor('a'), processor('a'), processor('b', { countries: ['br'] })],
      rules: [rule('one', { action: { kind: 'pin', processors: [asProcessorId('gone')] } }), rule('one')],
      experiments: [experiment('e', { shareA: 1 }), experiment('e')],
      routing: { strategy: 'learned', probeFloor: 0.06, probeShareMax: 0.05 },
    });
    const outcome = outcomeOf(SAMPLE, { op: 'import', document });
    expect(outcome).toMatchObject({ ok: false, reason: 'invalid' });
    expect(!outcome.ok && outcome.reason === 'invalid' && outcome.issues.map(({ field }) => field)).toEqual([
      'processors[1].id',
      'processors[2].countries[0]',
      'rules[1].id',
      'rules[0].action.processors[0]',
      'experiments[1].id',
      'experiments[0].share_a',
      'routing.probe_floor',
    ]);
  });
});

describe('limits', () => {
  const many = <Item>(count: number, item: (id: string) => Item): Item[] =>
    Array.from({ length: count }, (_, at) => item(`n${at}`));
  const plain = (id: string) => rule(id, { condition: null, action: { kind: 'strategy', strategy: 'apos' } });
  const full = changed(EMPTY_CONFIGURATION, [
    {
      op: 'import',
      document: sampleDocument({
        processors: many(LIMITS.processors, processor),
        rules: many(LIMITS.rules, plain),
        experiments: many(LIMITS.experiments, experiment),
      }),
    },
  ]);
  const n0 = asProcessorId('n0');
  const fullOverrides = { ...full, overrides: many(LIMITS.overrides, (id) => override(id, { processorId: n0 })) };
  const document = documentOf(full);

  test.each<[string, Configuration, ConfigurationChange]>([
    ['200 processors', full, { op: 'put_processor', processor: processor('x'), mode: 'create' }],
    ['1000 rules', full, { op: 'put_rule', rule: plain('x'), mode: 'create' }],
    ['100 experiments', full, { op: 'put_experiment', experiment: experiment('x'), mode: 'create' }],
    ['1000 overrides', fullOverrides, { op: 'put_override', override: override('x', { processorId: n0 }) }],
    ['200 processors', SAMPLE, { op: 'import', document: { ...document, processors: many(201, processor) } }],
    ['1000 rules', SAMPLE, { op: 'import', document: { ...document, rules: many(1_001, plain) } }],
    ['100 experiments', SAMPLE, { op: 'import', document: { ...document, experiments: many(101, experiment) } }],
  ])('[CFG-6] there are at most %s', (what, configuration, change) => {
    const [count, field] = what.split(' ');
    const more = field === 'overrides' ? ' in force: lift one first, or let one end' : '';
    const issues = [{ field, message: `there may be at most ${count}${more}` }];
    expect(outcomeOf(configuration, change)).toEqual({ ok: false, reason: 'invalid', issues });
  });

  test('[CFG-6] what is full still takes replacements', () => {
    const replaced = changed(full, [{ op: 'put_rule', rule: plain('n7'), mode: 'replace' }]);
    expect(replaced.rules).toHaveLength(LIMITS.rules);
  });
});
