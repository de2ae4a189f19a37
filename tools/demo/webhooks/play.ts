// The webhook demo: three vendors tell the same attempts to two sets of processors, once in order and once late, twice, forged and out of order.
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiClient, type ApiClient } from '../../api-client.ts';
import type { LocalSystem } from '../../local-system.ts';
import type { Check } from '../findings.ts';
import { attemptsAt, DEMO_VENDORS, inBadWeather, inOrder, type DemoAttempt, type DemoDelivery } from './deliveries.ts';
import { type AttemptStory, type DeadLetter, type Weather, weatherReport, wordOf } from './weather-report.ts';
import { WeatherHouse } from './weather-house.ts';

const BETWEEN_MS = 60;

export async function playWebhooks(system: LocalSystem, seed: number): Promise<number> {
  const api = createApiClient(
    system.url,
    await createApiClient(system.url, system.bootstrapKey).createKey('demo', ['admin']),
  );
  const clean = new WeatherHouse('in_order', api, system.url);
  const stormy = new WeatherHouse('bad_weather', api, system.url);
  for (const house of [clean, stormy]) await house.register();
  console.log(`Registered: ${DEMO_VENDORS.join(', ')}; each for one processor in order and one in bad weather.`);

  const attempts = attemptsAt(Date.now());
  const unknown = attempts.filter(({ isUnknown }) => isUnknown);
  for (const house of [clean, stormy]) for (const attempt of unknown) await house.reportUnknown(attempt);
  const unknownBefore = await unknownsListed(api);
  console.log(
    `The checkout had no answer to ${unknown.length} payments on either side; listed as unknown: ${unknownBefore}\n`,
  );

  const inTheStorm = inBadWeather(attempts, seed);
  console.log(`In order: ${inOrder(attempts).length} deliveries ...`);
  await sendAll(clean, inOrder(attempts), () => undefined);
  console.log(`In bad weather: ${inTheStorm.length} deliveries`);
  await sendAll(stormy, inTheStorm, (line) => console.log(line));
  console.log('Asking what became of each attempt ...');

  const unknownAfter = await unknownsListed(api);
  const recorded = await Promise.all(
    DEMO_VENDORS.map(
      async (vendor) => [await clean.eventsRecorded(vendor), await stormy.eventsRecorded(vendor)] as const,
    ),
  );
  // Sources side by side: of one source only one webhook at a time can be told by its counts.
  const stories = await Promise.all(
    DEMO_VENDORS.map(
      async (vendor) =>
        await storiesOf(
          attempts.filter((attempt) => attempt.vendor === vendor),
          clean,
          stormy,
        ),
    ),
  );
  const { dead_letters: letters } = await api.get<{ dead_letters: DeadLetter[] }>('/api/v1/dead-letters?limit=100');
  const weather = { stories: stories.flat(), cleanSent: clean.sent, stormySent: stormy.sent, letters };
  const checks = checksOf(weather, { unknownBefore, unknownAfter, recorded });
  console.log(`\n${weatherReport(weather, checks)}`);
  return checks.every(({ isMet }) => isMet) ? 0 : 1;
}

async function storiesOf(
  attempts: readonly DemoAttempt[],
  clean: WeatherHouse,
  stormy: WeatherHouse,
): Promise<readonly AttemptStory[]> {
  const stories: AttemptStory[] = [];
  for (const attempt of attempts) {
    const [early, late] = await Promise.all([clean.stateOf(attempt), stormy.stateOf(attempt)]);
    stories.push({ attempt, clean: early, stormy: late });
  }
  return stories;
}

async function sendAll(
  house: WeatherHouse,
  deliveries: readonly DemoDelivery[],
  show: (line: string) => void,
): Promise<void> {
  for (const [index, delivery] of deliveries.entries()) {
    const { attempt, telling, as, status } = await house.send(delivery);
    const what = `${attempt.vendor} ${attempt.transaction} ${as === 'genuine' ? telling : `${telling} (${as})`}`;
    show(`  ${String(index + 1).padStart(2)}/${deliveries.length}  ${what.padEnd(56)} ${status}`);
    await sleep(BETWEEN_MS);
  }
}

async function unknownsListed(api: ApiClient): Promise<number> {
  return (await api.get<{ total: number }>('/api/v1/unknowns?limit=1')).total;
}

interface Counted {
  readonly unknownBefore: number;
  readonly unknownAfter: number;
  /** Events by vendor, in order and in bad weather. */
  readonly recorded: readonly (readonly [number, number])[];
}

const EXPECTED: Readonly<Record<string, string>> = {
  'ord_paid-1': 'approved',
  'ord_declined-1': 'declined',
  'ord_refunded-1': 'approved, refunded',
  'ord_disputed-1': 'approved, disputed',
  'ord_unheard-1': 'approved',
};

function checksOf({ stories, stormySent, letters }: Weather, counted: Counted): readonly Check[] {
  const differing = stories.filter(({ clean, stormy }) => wordOf(clean) !== wordOf(stormy));
  const wrong = stories.filter(({ attempt, clean }) => wordOf(clean) !== EXPECTED[attempt.transaction]);
  const forged = stormySent.filter(({ as }) => as === 'forged' || as === 'stale');
  const foreign = stormySent.filter(({ as }) => as === 'foreign');
  const good = stormySent.filter(({ as }) => as === 'genuine' || as === 'foreign');
  const counts = counted.recorded.map(([inTheClean, inTheStorm]) => `${inTheStorm} of ${inTheClean}`).join(', ');
  return [
    check(
      'one final state',
      differing.length === 0,
      `${stories.length - differing.length} of ${stories.length} attempts end the same both ways`,
    ),
    check('the true one', wrong.length === 0, `${stories.length - wrong.length} of ${stories.length} as it happened`),
    check(
      'nothing counted twice',
      counted.recorded.every(([one, other]) => one === other),
      `events recorded by vendor ${counts}`,
    ),
    check(
      'forgeries refused',
      forged.every(({ status }) => status === 401),
      `${forged.length} answered with 401`,
    ),
    check(
      'vendors content',
      good.every(({ status }) => status < 300),
      `${good.length} genuine deliveries answered with 2xx`,
    ),
    check(
      'what was not understood is kept',
      letters.length === foreign.length,
      `${letters.length} dead letters of ${foreign.length}`,
    ),
    check(
      'no unknown left',
      counted.unknownBefore > 0 && counted.unknownAfter === 0,
      `${counted.unknownBefore} before, ${counted.unknownAfter} after`,
    ),
  ];
}

const check = (name: string, isMet: boolean, detail: string): Check => ({ name, isMet, detail });
