// A worker for the tests of the pool: the block's policy says how it dies, and the scenario's id which file remembers that it did.
import { existsSync, writeFileSync } from 'node:fs';
import type { Block } from '../../../lab/runner/block.ts';

process.on('message', ({ policy, scenario, first }: Block) => {
  if (policy === 'fails') process.exit(3);
  const isFirstTime = !existsSync(scenario.id);
  if (policy === 'killed' || (policy === 'killed-once' && isFirstTime)) {
    writeFileSync(scenario.id, '');
    process.kill(process.pid, 'SIGKILL');
  }
  process.send?.({ runs: [], curves: { regretPp: [first], shares: [] }, seconds: 0 });
});
process.on('disconnect', () => process.exit(0));
