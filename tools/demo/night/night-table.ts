// The night demo's table of jobs: every one of workers/, over the house in the place of the Worker's bindings.
import * as findAnomalies from '../../../workers/find-anomalies.ts';
import * as foretellTrouble from '../../../workers/foretell-trouble.ts';
import * as heal from '../../../workers/heal.ts';
import * as judgeExperiments from '../../../workers/judge-experiments.ts';
import * as keepMaintenance from '../../../workers/keep-maintenance.ts';
import * as measureHistory from '../../../workers/measure-history.ts';
import * as retireHistory from '../../../workers/retire-history.ts';
import * as rollUpHistory from '../../../workers/roll-up-history.ts';
import * as scaling from '../../../workers/scaling.ts';
import * as sweepBoards from '../../../workers/sweep-boards.ts';
import * as sweepUnknowns from '../../../workers/sweep-unknowns.ts';
import * as trainPriors from '../../../workers/train-priors.ts';
import * as tuneSettings from '../../../workers/tune-settings.ts';
import * as wakeStreams from '../../../workers/wake-streams.ts';
import type { Job, JobSheet, Shift } from '../../../src/ports/job-port.ts';
import { absent } from './absent.ts';
import { NIGHT_VARIABLES } from './night-variables.ts';
import type { NightHouse } from './night-house.ts';
import { readRetention } from '../../../src/domain/history/retention.ts';
import type { RetireWorld } from '../../../src/flows/retire-history.ts';
import type { RollUpWorld } from '../../../src/flows/roll-up-history.ts';
import type { World } from '../../../src/ports/world.ts';

type Work = (world: World, shift: Shift) => Promise<string | void>;

/** In the order in which those of one minute run here, one after the other. */
export function nightTable(house: NightHouse): readonly Job[] {
  const works: readonly (readonly [sheet: JobSheet, work: Work])[] = [...keepingWorks(house), ...watchingWorks(house)];
  return works.map(([sheet, work], index) => {
    const world = house.worldOf(index);
    return { ...sheet, run: async (shift) => await work(world, shift) };
  });
}

const keepingWorks = (house: NightHouse): readonly (readonly [JobSheet, Work])[] => [
  [
    sweepBoards.sheet,
    async (_, shift) => await sweepBoards.run([{ sweep: () => Promise.resolve(house.sweepBoards()) }], shift),
  ],
  [wakeStreams.sheet, async ({ registry }, shift) => await wakeStreams.run(registry, absent('readers'), shift)],
  [
    measureHistory.sheet,
    async (world, shift) => await measureHistory.run(holdersOf(house), house.desk, shift, world.now()),
  ],
  [retireHistory.sheet, async (world, shift) => await retireHistory.run(retireWorldOf(house, world), shift)],
  [rollUpHistory.sheet, async (world, shift) => await rollUpHistory.run(rollUpWorldOf(house, world), shift)],
  [
    sweepUnknowns.sheet,
    async ({ registry, healing }, shift) =>
      await sweepUnknowns.run(
        await registry.configuration(),
        async (address) => await healing.sweepUnknowns(address),
        shift,
      ),
  ],
];

const watchingWorks = (house: NightHouse): readonly (readonly [JobSheet, Work])[] => [
  [heal.sheet, heal.run],
  [keepMaintenance.sheet, keepMaintenance.run],
  [
    findAnomalies.sheet,
    async (world, shift) => await findAnomalies.run(world.anomalies, world.registry, world.now(), shift),
  ],
  [foretellTrouble.sheet, foretellTrouble.run],
  [tuneSettings.sheet, async (world, shift) => await tuneSettings.run(world, house.world.settings.tuning, shift)],
  [trainPriors.sheet, trainPriors.run],
  [scaling.sheet, async (world, shift) => await scaling.run(world, house.world.settings.scaling, shift)],
  [
    judgeExperiments.sheet,
    async ({ registry, processors }, shift) => await judgeExperiments.run(registry, processors, shift),
  ],
];

const rollUpWorldOf = ({ rollUps }: NightHouse, world: World): RollUpWorld => ({
  rollUps,
  configuration: async () => await world.registry.configuration(),
  now: () => world.now(),
});

const retireWorldOf = ({ history }: NightHouse, world: World): RetireWorld => ({
  keeper: history,
  registry: world.registry,
  retention: readRetention(NIGHT_VARIABLES),
  now: () => world.now(),
});

/** Books of jobs keep what they know here; what has to go to history are attempts, breaker changes and decisions. */
function holdersOf(house: NightHouse): readonly measureHistory.HistoryHolder[] {
  const { processors } = house.registry.configuration;
  return [
    ...processors.map(({ id }) => ({ object: id, standing: () => Promise.resolve(house.processors.standing(id)) })),
    { object: 'desk', standing: () => Promise.resolve(house.desk.standing()) },
  ];
}
