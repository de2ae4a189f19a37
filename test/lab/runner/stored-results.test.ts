import { afterAll, describe, expect, test, vi } from 'vitest';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { scenarioOf } from '../sample-scenario.ts';
import { entry as fixed } from '../../../lab/policies/static.ts';
import { checkWritable, UnwritableFile, writeWhole } from '../../../lab/runner/whole-file.ts';
import { runBlock } from '../../../lab/runner/block.ts';
import { StoredBlocks } from '../../../lab/runner/stored-blocks.ts';
import { StoredCells } from '../../../lab/detection/stored-cells.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-stored-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const block = { scenario: scenarioOf({}), policy: 'static', first: 0, runs: 1 };
const policyFile = fileURLToPath(new URL('../../../lab/policies/static.ts', import.meta.url));
const result = runBlock(block, fixed);

describe('a stored block', () => {
  test.each([
    '',
    '{"runs": [',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...result, runs: [] }),
    JSON.stringify({ ...result, runs: [{}] }),
    JSON.stringify({ ...result, curves: { ...result.curves, shares: [] } }),
  ])('counts as absent where the file holds %j', (text) => {
    const runs = join(folder, 'blocks');
    const store = new StoredBlocks(runs);
    store.write(block, policyFile, result);
    expect(store.read(block, policyFile)).toEqual(result);
    const [name, ...others] = readdirSync(runs);
    expect(others).toEqual([]);
    writeFileSync(join(runs, name!), text);
    expect(store.read(block, policyFile)).toBeNull();
  });

  test('that cannot be kept is said once, and the work goes on', () => {
    writeFileSync(join(folder, 'file'), '');
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const store = new StoredBlocks(join(folder, 'file', 'runs'));
      store.write(block, policyFile, result);
      store.write(block, policyFile, result);
      expect(store.read(block, policyFile)).toBeNull();
      expect(stderr.mock.calls).toEqual([[expect.stringContaining('Results are not kept')]]);
    } finally {
      stderr.mockRestore();
    }
  });
});

describe('stored measurements', () => {
  const measured = {
    arl: 1,
    arlAsked: 1,
    arlError: 0,
    delay: null,
    goodBefore: null,
    delayUsual: 2,
    threshold: null,
    baselineHits: null,
  };

  test('of two commands at once are all kept', () => {
    const runs = join(folder, 'cells');
    const [one, other] = [new StoredCells('quick', runs), new StoredCells('quick', runs)];
    one.set('a', measured);
    other.set('b', measured);
    const later = new StoredCells('quick', runs);
    expect([later.get('a'), later.get('b')]).toEqual([measured, measured]);
    expect(readdirSync(runs)).toHaveLength(1);
  });

  test.each(['{}', '[]', 'null', '[["a",1],3,["b",{}]]'])('count as absent where the file holds %s', (text) => {
    const runs = join(folder, 'malformed');
    new StoredCells('quick', runs).set('a', measured);
    writeFileSync(join(runs, readdirSync(runs)[0]!), text);
    const later = new StoredCells('quick', runs);
    expect([later.get('a'), later.get('b')]).toEqual([undefined, undefined]);
  });
});

describe('a file that is written whole', () => {
  test('takes the place of the one a link leads to, and leaves nothing beside it', () => {
    const place = join(folder, 'whole');
    mkdirSync(place);
    writeFileSync(join(place, 'real.json'), 'before');
    symlinkSync('real.json', join(place, 'link.json'));
    checkWritable(join(place, 'link.json'));
    expect(readFileSync(join(place, 'real.json'), 'utf8')).toBe('before');
    writeWhole(join(place, 'link.json'), 'after');
    expect(readFileSync(join(place, 'real.json'), 'utf8')).toBe('after');
    expect(readdirSync(place).sort()).toEqual(['link.json', 'real.json']);
  });

  test('has its folder made beforehand, and no file before there is something in it', () => {
    checkWritable(join(folder, 'new', 'out.json'));
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('is refused where no folder can be made, at once', () => {
    expect(() => checkWritable('/proc/nowhere/new/out.json')).toThrow(UnwritableFile);
  });

  test.each(['', 'own.txt/out.json'])('is refused with a sentence at "%s"', (path) => {
    writeFileSync(join(folder, 'own.txt'), '');
    expect(() => checkWritable(join(folder, path))).toThrow(UnwritableFile);
    expect(() => checkWritable(join(folder, path))).toThrow(/ cannot be written: /);
  });
});
