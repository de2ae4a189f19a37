import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeHomeLock } from '../../tools/home-lock.ts';
import { LocalHome } from '../../tools/local-home.ts';
import { processEntry } from '../../tools/process-table.ts';
import { PROJECT_ROOT, programEnvironment } from '../../tools/run-program.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-lock-'));
  file = join(directory, 'lock');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const node = (script: string, ...args: string[]) => ({
  args: ['--input-type=module', '-e', script, ...args],
  options: { cwd: PROJECT_ROOT, env: programEnvironment(), encoding: 'utf8' as const },
});
/** The number of a process that has ended. */
function endedPid(): number {
  const { args, options } = node('process.stdout.write(String(process.pid))');
  return Number(spawnSync('node', args, options).stdout);
}
const leave = (holders: readonly { pid: number; began: string }[]): void =>
  writeFileSync(file, JSON.stringify({ holders, address: 'http://127.0.0.1:8787' }));
const me = { pid: process.pid, began: processEntry(process.pid)!.began };

test('who comes second is told who holds the home and where it is reached', () => {
  const first = takeHomeLock(file);
  expect(first).toHaveProperty('lock');
  expect(takeHomeLock(file)).toEqual({ heldBy: { pids: [process.pid], address: null } });
  if ('lock' in first) first.lock.announce('http://127.0.0.1:8790', []);
  expect(takeHomeLock(file)).toEqual({ heldBy: { pids: [process.pid], address: 'http://127.0.0.1:8790' } });
});

test('a released home is free, and leaves no file behind', () => {
  const first = takeHomeLock(file);
  if ('lock' in first) first.lock.announce('http://127.0.0.1:8790', []);
  if ('lock' in first) first.lock.release();
  expect(readdirSync(directory)).toEqual([]);
  expect(takeHomeLock(file)).toHaveProperty('lock');
});

test.each([
  ['a process that has ended', () => leave([{ pid: endedPid(), began: '1' }])],
  ['another process of the same number', () => leave([{ ...me, began: 'long ago' }])],
  ['nobody', () => writeFileSync(file, '')],
])('a lock of %s is taken over', (_, prepare) => {
  prepare();
  expect(takeHomeLock(file)).toHaveProperty('lock');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ holders: [me], address: null });
  expect(readdirSync(directory)).toEqual(['lock']);
});

test('a helper that outlives the one who took the home still holds it', () => {
  leave([{ pid: endedPid(), began: '1' }, me]);
  expect(takeHomeLock(file)).toEqual({ heldBy: { pids: [process.pid], address: 'http://127.0.0.1:8787' } });
});

test('where the one who took it has died, all that it left behind are named; while it lives, it alone', () => {
  const other = { pid: process.ppid, began: processEntry(process.ppid)!.began };
  leave([{ pid: endedPid(), began: '1' }, me, other]);
  expect(takeHomeLock(file)).toMatchObject({ heldBy: { pids: [me.pid, other.pid] } });
  expect(() => new LocalHome(directory).occupy()).toThrow(`kill ${me.pid} ${other.pid}`);
  leave([me, other]);
  expect(takeHomeLock(file)).toMatchObject({ heldBy: { pids: [me.pid] } });
});

test('of many who find a stale lock at once one takes it over', async () => {
  leave([{ pid: endedPid(), began: '1' }]);
  const { args, options } = node(
    `import { takeHomeLock } from './tools/home-lock.ts';
     process.stdout.write('lock' in takeHomeLock(process.argv[1]) ? 'T' : 'R');
     process.stdin.resume();`,
    file,
  );
  const children = Array.from({ length: 6 }, () => spawn('node', args, { ...options, stdio: 'pipe' }));
  const answers = await Promise.all(
    children.map((child) => new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(`${data}`)))),
  );
  for (const child of children) child.kill();
  expect(answers.sort().join('')).toBe('RRRRRT');
});

test('`npm start -- --reset` on a home in use is refused and deletes nothing', () => {
  const home = new LocalHome(directory);
  home.secrets();
  takeHomeLock(file);
  const args = ['tools/start.ts', '--reset', '--home', directory];
  const { status, stderr } = spawnSync('node', args, node('').options);
  expect(status).toBe(1);
  expect(stderr).toContain(`(process ${process.pid})`);
  expect(stderr).toContain(`kill ${process.pid}`);
  expect(stderr).toContain('--home DIR');
  expect(readdirSync(directory).sort()).toEqual(['lock', 'secrets.env', 'secrets.json']);
}, 20_000);

test('a home from before a secret existed keeps those it has and gets the new one', () => {
  const home = new LocalHome(directory);
  const { secretsKey, ...before } = home.secrets();
  writeFileSync(join(directory, 'secrets.json'), JSON.stringify(before));
  const after = home.secrets();
  expect(after).toMatchObject(before);
  expect(after.secretsKey).toMatch(/^1:[0-9a-f]{64}$/);
  expect(after.secretsKey).not.toBe(secretsKey);
  expect(readFileSync(home.secretsFile, 'utf8')).toContain(`SECRETS_KEY=${after.secretsKey}`);
  expect(home.secrets()).toEqual(after);
});

test("a home keeps the address and the token of its Redis, for its owner's eyes", () => {
  expect(new LocalHome(directory).redisAddress()).toBeNull();
  new LocalHome(directory).keepRedisAddress({ url: 'http://127.0.0.1:4711', token: 'tok' });
  expect(new LocalHome(directory).redisAddress()).toEqual({ port: 4711, token: 'tok' });
  expect(statSync(join(directory, 'redis-address.json')).mode & 0o777).toBe(0o600);
});

test("--reset forgets Signalbox's own files and no others", () => {
  const home = new LocalHome(directory);
  home.secrets();
  home.keepRedisAddress({ url: 'http://127.0.0.1:4711', token: 'tok' });
  writeFileSync(join(directory, 'letter.txt'), 'not ours');
  home.forget();
  expect(readdirSync(directory)).toEqual(['letter.txt']);
});
