// Spreads blocks over worker processes, one per core, in their order; a worker that dies ends the whole.
import { availableParallelism } from 'node:os';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Block, BlockResult } from './block.ts';

export interface PoolOptions {
  readonly workers?: number;
  /** Called as each block is done, in any order. */
  readonly onDone: (block: Block, result: BlockResult, place: number) => void;
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

export async function runBlocks(blocks: readonly Block[], { workers, onDone }: PoolOptions): Promise<void> {
  const count = Math.min(workers ?? availableParallelism(), blocks.length);
  const children: ChildProcess[] = [];
  let next = 0;
  try {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const child = fork(WORKER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
        children.push(child);
        while (next < blocks.length) {
          const place = next;
          next += 1;
          onDone(blocks[place]!, await ask(child, blocks[place]!), place);
        }
      }),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

function ask(child: ChildProcess, block: Block): Promise<BlockResult> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a worker ended with code ${code} in ${block.scenario.id} with ${block.policy}`));
    child.once('exit', ended);
    child.once('message', (result) => {
      child.off('exit', ended);
      resolve(result as BlockResult);
    });
    child.send(block);
  });
}
