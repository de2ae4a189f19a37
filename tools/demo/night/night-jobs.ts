// The Worker's own jobs in the night demo, each under its real lease at the minutes of its cron line, one after the other.
import * as findAnomalies from '../../../workers/find-anomalies.ts';
import * as foretellTrouble from '../../../workers/foretell-trouble.ts';
import * as heal from '../../../workers/heal.ts';
import * as keepMaintenance from '../../../workers/keep-maintenance.ts';
import * as tuneSettings from '../../../workers/tune-settings.ts';
import { jobsOf, noJobs } from '../../in-memory/in-memory-jobs.ts';
import type { Job } from '../../../src/ports/job-port.ts';
import type { NightHouse } from './night-house.ts';
import { runDueJobs } from '../../../src/flows/run-due-jobs.ts';
import type { World } from '../../../src/ports/world.ts';

export interface JobTally {
  readonly runs: number;
  readonly failed: number;
}

/** Those of the crons that the table has. */
const PERIOD_MINUTES: Readonly<Record<string, number>> = { '* * * * *': 1, '*/5 * * * *': 5 };
const MINUTE_MS = 60_000;

export class NightJobs {
  readonly tallies = new Map<string, JobTally>();
  /** What jobs said when they failed. */
  readonly faults: string[] = [];
  readonly #desk;
  readonly #table: readonly Job[];
  readonly #house: NightHouse;

  constructor(house: NightHouse) {
    this.#house = house;
    this.#desk = jobsOf(noJobs(), () => house.now);
    this.#table = tableOf(house);
  }

  /** All that are due in this minute. */
  async run(): Promise<void> {
    const scheduledMs = Math.floor(this.#house.now / MINUTE_MS) * MINUTE_MS;
    for (const job of this.#table) {
      const [cron = ''] = job.crons;
      if ((scheduledMs / MINUTE_MS) % (PERIOD_MINUTES[cron] ?? Infinity) !== 0) continue;
      const desk = { ...this.#desk, table: [job] };
      const fault = await runDueJobs(desk, { cron, scheduledMs }).catch((error: unknown) => error);
      const { runs, failed } = this.tallies.get(job.name) ?? { runs: 0, failed: 0 };
      this.tallies.set(job.name, { runs: runs + 1, failed: failed + Number(fault !== undefined) });
      if (fault instanceof AggregateError) this.faults.push(...fault.errors.map(String));
      await this.#house.settle();
    }
  }
}

function tableOf(house: NightHouse): readonly Job[] {
  const worlds = [0, 1, 2, 3].map((job) => house.worldOf(job)) as [World, World, World, World];
  const [healing, keeping, tuning, foretelling] = worlds;
  const { anomalies, registry } = house.world;
  return [
    { ...heal.sheet, run: async (shift) => await heal.run(healing, shift) },
    { ...keepMaintenance.sheet, run: async (shift) => await keepMaintenance.run(keeping, shift) },
    { ...findAnomalies.sheet, run: async (shift) => await findAnomalies.run(anomalies, registry, house.now, shift) },
    { ...foretellTrouble.sheet, run: async (shift) => await foretellTrouble.run(foretelling, shift) },
    {
      ...tuneSettings.sheet,
      run: async (shift) => await tuneSettings.run(tuning, house.world.settings.tuning, shift),
    },
  ];
}
