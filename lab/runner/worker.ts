// A worker process: runs the blocks it is sent, one at a time, and sends back what came of each. It is told its parent's process id.
import { loadPolicies } from '../policies/index.ts';
import { runBlock, type Block } from './block.ts';
import { Worker } from 'node:worker_threads';

new Worker(new URL('parent-watch.ts', import.meta.url), { workerData: Number(process.argv[2]) });
// A terminal interrupts the parent too, and the worker ends with it: it does not look killed to a parent that lives a moment longer.
process.on('SIGINT', () => undefined);

const policies = await loadPolicies();

process.on('message', (block: Block) => {
  const found = policies.get(block.policy);
  if (found === undefined) throw new Error(`no policy ${block.policy}`);
  process.send?.(runBlock(block, found.entry));
});
process.on('disconnect', () => process.exit(0));
