// Measures the pure decision in a process of its own: shapes as JSON in the first argument, rounds in the second,
// milliseconds of each in the third; microseconds of each round as JSON out.
import { decide } from '../src/domain/routing/decide.ts';
import { type DecideShape, requestsOf, TABLE_MS, tableOf } from './decide-shapes.ts';

const REQUESTS = 256;
/** An odd number whose multiples spread over all 64 bits: no two decisions draw alike. */
const STEP = 0x9e3779b97f4a7c15n;

const shapes = JSON.parse(process.argv[2]!) as readonly DecideShape[];
const rounds = Number(process.argv[3]);
const roundMs = Number(process.argv[4]);
const warmUpMs = 1.5 * roundMs;
const requests = requestsOf(REQUESTS);

interface Subject {
  /** Decides for so long by this process's processor time; microseconds a decision, garbage collection among them. */
  us(lengthMs: number): number;
}

function subjectOf(shape: DecideShape): Subject {
  const table = tableOf(shape);
  let made = 0;
  let unchosen = 0;
  const some = (): void => {
    for (const request of requests) {
      made += 1;
      const seed = BigInt.asUintN(64, BigInt(made) * STEP);
      const moment = { now: TABLE_MS + 1_000, seed, tableAgeMs: 500, permits: new Map(), explainAll: false } as const;
      if (decide(table, request, moment).chosen === null) unchosen += 1;
    }
  };
  return {
    us(lengthMs) {
      const before = process.cpuUsage();
      const madeBefore = made;
      for (;;) {
        some();
        const { user, system } = process.cpuUsage(before);
        if (user + system < lengthMs * 1_000) continue;
        if (unchosen > 0) throw new Error(`nobody was chosen ${unchosen} times`);
        return (user + system) / (made - madeBefore);
      }
    },
  };
}

// All are warm before one is measured: code that has seen one shape alone is faster than what a Worker runs.
const subjects = shapes.map(subjectOf);
for (const subject of subjects) subject.us(warmUpMs);
const told: number[][] = subjects.map(() => []);
for (let round = 0; round < rounds; round += 1)
  for (const [index, subject] of subjects.entries()) told[index]!.push(subject.us(roundMs));
console.log(JSON.stringify(told));
