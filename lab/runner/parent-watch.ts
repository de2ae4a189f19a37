// A thread of a worker process: ends the process when its parent is gone, even in the middle of a block, when no event is heard.
import { workerData } from 'node:worker_threads';

const EVERY_MS = 500;

const parent = workerData as number;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, EVERY_MS);
