import { describe, expect, test } from 'vitest';
import { checkArguments, optionsOf, UsageError } from '../../bench/options.ts';

const of = (...args: string[]) => optionsOf(args, {});

describe('what `npm run bench` is asked for', () => {
  test('is every row at full length by default, and writes nothing', () => {
    expect(of()).toEqual({
      isQuick: false,
      only: null,
      rounds: null,
      seconds: { load: 4, warmUp: 3 },
      out: null,
      port: undefined,
      write: false,
    });
  });

  test('is one round of a second where it is to be quick, unless it says how many', () => {
    expect(of('--quick')).toMatchObject({ rounds: 1, seconds: { load: 1, warmUp: 1 } });
    expect(of('--quick', '--rounds', '7', '--seconds', '3')).toMatchObject({
      rounds: 7,
      seconds: { load: 3, warmUp: 3 },
    });
  });

  test('names rows with commas between', () => {
    expect(of('--only', 'recommend, decide-5').only).toEqual(['recommend', 'decide-5']);
  });

  test('a file is meant from where the caller of npm stands', () => {
    const environment = { npm_lifecycle_event: 'bench', INIT_CWD: '/somewhere/else' };
    expect(optionsOf(['--out', 'a.json'], environment).out).toBe('/somewhere/else/a.json');
    expect(optionsOf(['--out', '/b/a.json'], environment).out).toBe('/b/a.json');
    expect(optionsOf(['--out', 'a.json'], { INIT_CWD: '/somewhere/else' }).out).toBe(`${process.cwd()}/a.json`);
  });

  test.each([
    [['--fast'], '--fast'],
    [['recommend'], 'recommend'],
    [['--only', 'recomend'], 'there is no row recomend; there are recommend'],
    [['--only', ''], 'there is no row'],
    [['--only'], '--only'],
    [['--rounds', '0'], '--rounds wants a whole number from 1 to 100, not 0'],
    [['--rounds', '2.5'], '--rounds wants'],
    [['--rounds', 'many'], '--rounds wants'],
    [['--rounds', ' '], '--rounds wants'],
    [['--rounds', '101'], '--rounds wants'],
    [['--seconds', '0'], '--seconds wants a whole number from 1 to 60, not 0'],
    [['--port', '80'], '--port wants a whole number from 1024 to 65535, not 80'],
    [['--port', '65536'], '--port wants'],
    [['--out', ''], '--out wants a file'],
    [['--write', '--quick'], '--write wants every row at full length'],
    [['--write', '--only', 'recommend'], '--write wants every row at full length'],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(() => of(...args)).toThrow(UsageError);
    expect(() => of(...args)).toThrow(sentence);
  });
});

describe('what follows the name of a program of its own', () => {
  test.each([
    ['[processors] [segments]', ['100', '50']],
    ['[processors] [segments]', []],
    ['[--quick]', ['--quick']],
    ['[--rows N] [--turns N]', ['--turns', '2', '--rows', '5']],
  ])('%s takes %j', (usage, args) => {
    expect(() => checkArguments('it', usage, args)).not.toThrow();
  });

  test.each([
    ['[processors] [segments]', ['abc'], 'abc'],
    ['[processors] [segments]', ['1', '2', '3'], '3'],
    ['[transactions]', ['0'], '0'],
    ['[transactions]', ['1.5'], '1.5'],
    ['[--quick]', ['--fast'], '--fast'],
    ['[--rows N]', ['--rows'], 'missing'],
    ['[--rows N]', ['--rows', '--rows'], '--rows'],
    ['', ['1'], 'nothing'],
  ])('%s does not take %j, and says so', (usage, args, named) => {
    expect(() => checkArguments('it', usage, args)).toThrow(UsageError);
    expect(() => checkArguments('it', usage, args)).toThrow(named);
  });
});
