// A worker process: runs the blocks it is sent, one at a time, and sends back what came of each.
import { loadPolicies } from '../policies/index.ts';
import { runBlock, type Block } from './block.ts';

const policies = await loadPolicies();

process.on('message', (block: Block) => {
  const found = policies.get(block.policy);
  if (found === undefined) throw new Error(`no policy ${block.policy}`);
  process.send?.(runBlock(block, found.entry));
});
process.on('disconnect', () => process.exit(0));
