// Runs one program of node_modules/.bin and keeps what it says; an interrupted tool ends its programs before itself.
import { spawn, type ChildProcess } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

export interface ProgramOptions {
  /** Shows the output while it comes; then `output` is empty. */
  readonly echo?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Whom it runs as; default: whoever runs this. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What it is asked to end with; default: SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
}

export interface ProgramResult {
  readonly code: number;
  /** Standard output and error together. */
  readonly output: string;
}

/** The project's own programs come first: the machine's node may be too old for them. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const path = `${join(PROJECT_ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  return { ...process.env, PATH: path, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };
}

const PARENT_LOOKED_FOR_MS = 500;
const running = new Map<ChildProcess, NodeJS.Signals>();
let isEnding = false;
process.once('exit', () => {
  for (const child of running.keys()) child.kill('SIGKILL');
});

export function startProgram(name: string, args: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const output = options.echo ? 'inherit' : 'pipe';
  const child = spawn(name, args, {
    cwd: PROJECT_ROOT,
    env: { ...programEnvironment(), ...options.env },
    stdio: ['ignore', output, output],
    ...options.user,
  });
  running.set(child, options.endSignal ?? 'SIGTERM');
  child.once('close', () => running.delete(child));
  return child;
}

/** Resolves with any exit code; rejects only when the program cannot be started. One that an interrupt ended has no result. */
export function tryProgram(
  name: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = startProgram(name, args, options);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (!isEnding) resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

export async function runProgram(name: string, args: readonly string[]): Promise<string> {
  const { code, output } = await tryProgram(name, args);
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** Ctrl-C, SIGTERM, and the end of the npm that began it: `end` runs once (at most 5 s), programs are asked to end, then the process leaves with the usual code. */
export function endOnInterrupt(end: () => Promise<void> = async () => {}): void {
  const leave = (code: number) => (): void => {
    if (isEnding) return;
    isEnding = true;
    const stopped = Promise.all([end(), ...[...running.keys()].map(endProgram)]);
    const patience = new Promise((resolve) => setTimeout(resolve, 5_000));
    void Promise.race([stopped, patience]).finally(() => process.exit(code));
  };
  process.on('SIGINT', leave(130));
  process.on('SIGTERM', leave(143));
  const { env, ppid } = process;
  // npm hands SIGTERM to its shell, which ends without a word to what it began.
  if (env['npm_lifecycle_event'] !== undefined)
    setInterval(() => {
      if (process.ppid !== ppid) leave(143)();
    }, PARENT_LOOKED_FOR_MS).unref();
}

/** An end that no interrupt asked for. */
export function onUnaskedEnd(child: ChildProcess, act: (code: number) => void): void {
  child.once('close', (code) => {
    if (!isEnding) act(code ?? 1);
  });
}

export function endProgram(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill(running.get(child) ?? 'SIGTERM');
  });
}
