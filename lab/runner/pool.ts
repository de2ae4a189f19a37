// Spreads blocks over worker processes, one per core, in their order; a worker that is killed is replaced once for its block.
import { availableParallelism } from 'node:os';
import { fork, type ChildProcess } from 'node:child_process';
import type { Block, BlockResult } from './block.ts';

export interface PoolOptions {
  readonly workers?: number;
  /** Called as each block is done, in any order. */
  readonly onDone: (block: Block, result: BlockResult, place: number) => void;
  /** The program of a worker. */
  readonly program?: URL;
}

/** Its message is a sentence for the caller. */
export class BlockFailure extends Error {}

const WORKER = new URL('worker.ts', import.meta.url);

export async function runBlocks(
  blocks: readonly Block[],
  { workers, onDone, program = WORKER }: PoolOptions,
): Promise<void> {
  const crew = new Crew(program);
  let next = 0;
  const serve = async (): Promise<void> => {
    let child = crew.hire();
    while (next < blocks.length && !crew.isEnded) {
      const place = next;
      next += 1;
      const block = blocks[place]!;
      let answer = await ask(child, block);
      if ('endedBy' in answer && answer.isKilled && !crew.isEnded) {
        process.stderr.write(
          `A worker was ended by ${answer.endedBy} in ${nameOf(block)}, and they are begun again.\n`,
        );
        child = crew.hire();
        answer = await ask(child, block);
      }
      if (crew.isEnded) return;
      if ('endedBy' in answer)
        throw new BlockFailure(
          `A worker was ended by ${answer.endedBy} in ${nameOf(block)}${answer.isKilled ? ', again: run the command once more' : ''}.`,
        );
      onDone(block, answer.result, place);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(workers ?? availableParallelism(), blocks.length) }, serve));
  } finally {
    crew.end();
  }
}

class Crew {
  readonly #program: URL;
  readonly #children: ChildProcess[] = [];
  isEnded = false;

  constructor(program: URL) {
    this.#program = program;
  }

  hire(): ChildProcess {
    const child = fork(this.#program, [String(process.pid)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#children.push(child);
    return child;
  }

  end(): void {
    this.isEnded = true;
    for (const child of this.#children) child.kill();
  }
}

type Answer =
  | { readonly result: BlockResult }
  /** Killed from outside, or ended by itself, as it would again. */
  | { readonly endedBy: string; readonly isKilled: boolean };

function ask(child: ChildProcess, block: Block): Promise<Answer> {
  return new Promise((resolve) => {
    const answer = (given: Answer): void => {
      child.off('exit', ended).off('message', done).off('error', failed);
      resolve(given);
    };
    const ended = (code: number | null, signal: NodeJS.Signals | null): void =>
      answer({ endedBy: signal ?? `an error of its own (code ${code})`, isKilled: signal !== null });
    const done = (result: unknown): void => answer({ result: result as BlockResult });
    const failed = (error: Error): void => answer({ endedBy: error.message, isKilled: false });
    if (child.exitCode !== null || child.signalCode !== null) return ended(child.exitCode, child.signalCode);
    child.on('exit', ended).on('message', done).on('error', failed);
    // Where the channel is closed already, the exit is about to be heard of.
    child.send(block, () => undefined);
  });
}

function nameOf({ scenario, policy, first, runs }: Block): string {
  return `scenario ${scenario.id}, policy ${policy}, runs ${first} to ${first + runs - 1}`;
}
