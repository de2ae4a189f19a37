// Runs the night demo's jobs, each under its real lease at the minutes of its cron line, one after the other, and adds up what they say they did.
import { jobsOf, noJobs } from '../../in-memory/in-memory-jobs.ts';
import type { Counts } from '../../../src/domain/jobs/job-run.ts';
import { isDue } from '../../cron-line.ts';
import type { Job } from '../../../src/ports/job-port.ts';
import { limitedWork } from '../../../src/platform/limited-work.ts';
import { MINUTE_MS } from '../../../src/domain/payment-anomalies/reading-plan.ts';
import { NIGHT_CRONS } from './night-variables.ts';
import type { NightHouse } from './night-house.ts';
import { nightTable } from './night-table.ts';
import { runDueJobs } from '../../../src/flows/run-due-jobs.ts';

export interface JobTally {
  readonly runs: number;
  readonly failed: number;
  /** Of all runs together. */
  readonly counts: Counts;
}

/** How long a run takes here is up to this machine, and its clock stands still meanwhile: no verdict hangs on it. */
const LIMIT_MS = 600_000;
const NO_RUNS: JobTally = { runs: 0, failed: 0, counts: {} };

export class NightJobs {
  readonly tallies = new Map<string, JobTally>();
  /** What jobs said when they failed. */
  readonly faults: string[] = [];
  readonly #set = noJobs();
  readonly #desk;
  readonly #table: readonly Job[];
  readonly #house: NightHouse;

  constructor(house: NightHouse) {
    this.#house = house;
    this.#desk = {
      ...jobsOf(this.#set, () => house.now),
      limited: async <Value>(_: number, work: (signal: AbortSignal) => Promise<Value>) =>
        await limitedWork(LIMIT_MS, work),
    };
    this.#table = nightTable(house);
    for (const { name } of this.#table) this.tallies.set(name, NO_RUNS);
  }

  /** All that are due in this minute. */
  async run(): Promise<void> {
    const scheduledMs = Math.floor(this.#house.now / MINUTE_MS) * MINUTE_MS;
    const moment = new Date(scheduledMs);
    const crons = NIGHT_CRONS.filter((cron) => isDue(cron, moment));
    for (const job of this.#table) {
      for (const cron of crons.filter((each) => job.crons.includes(each))) await this.#runOne(job, cron, scheduledMs);
    }
  }

  async #runOne(job: Job, cron: string, scheduledMs: number): Promise<void> {
    const fault = await runDueJobs({ ...this.#desk, table: [job] }, { cron, scheduledMs }).catch(
      (error: unknown) => error,
    );
    const { runs, failed, counts } = this.tallies.get(job.name) ?? NO_RUNS;
    const [last] = this.#set.records.get(job.name)?.runs ?? [];
    this.tallies.set(job.name, {
      ...{ runs: runs + 1, failed: failed + Number(fault !== undefined) },
      counts: addCounts(counts, last?.counts ?? {}),
    });
    if (fault instanceof AggregateError) this.faults.push(...fault.errors.map(String));
    await this.#house.settle();
  }
}

function addCounts(sums: Counts, more: Counts): Counts {
  return {
    ...sums,
    ...Object.fromEntries(Object.entries(more).map(([name, count]) => [name, (sums[name] ?? 0) + count])),
  };
}
