// A thread of `npm run lab -- detect`: measures the cells it is asked for by number.
import { parentPort, workerData } from 'node:worker_threads';
import { allCells, EFFORTS } from './cells.ts';
import type { EffortName } from './cell-pool.ts';

const effort = EFFORTS[workerData as EffortName];
const cells = allCells(effort);

parentPort!.on('message', (place: number) => parentPort!.postMessage(cells[place]!.measure(effort)));
