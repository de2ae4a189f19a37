// What no shape can say of a scenario: shares that do not sum to one, names that nobody bears, moments at which nobody serves a segment.
import type { Scenario, ScenarioEpisode, ScenarioProblem, SegmentName } from './scenario-file.ts';

type Say = (path: string, message: string) => void;

export function checkScenario(scenario: Scenario): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const say: Say = (path, message) => problems.push({ path, message });
  checkSegments(scenario, say);
  checkProcessors(scenario, say);
  scenario.episodes.forEach((episode, index) => checkEpisode(scenario, episode, `episodes[${index}]`, say));
  checkArrivals(scenario, say);
  checkFeedback(scenario, say);
  if (problems.length === 0) checkServed(scenario, say);
  return problems;
}

/** Indices of the segments meant by a name; two segments may share one (small and large amounts). */
export function segmentsNamed(scenario: Pick<Scenario, 'segments'>, name: SegmentName): number[] {
  const [method, country] = typeof name === 'string' ? name.split(/[|/]/) : [name.paymentMethod, name.country];
  return scenario.segments.flatMap((segment, index) =>
    segment.paymentMethod.toUpperCase() === method?.toUpperCase() &&
    (country === undefined || segment.country.toUpperCase() === country.toUpperCase())
      ? [index]
      : [],
  );
}

/** Ascending indices of the segments that a processor serves. */
export function segmentsServed(scenario: Scenario, processor: number): number[] {
  const names = scenario.processors[processor]!.segments;
  if (names === undefined) return scenario.segments.map((_, index) => index);
  return [...new Set(names.flatMap((name) => segmentsNamed(scenario, name)))].sort((left, right) => left - right);
}

function checkSegments({ segments }: Scenario, say: Say): void {
  const sum = segments.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) say('segments', `the shares sum to ${Number(sum.toFixed(6))}, not to 1`);
}

function checkProcessors(scenario: Scenario, say: Say): void {
  const seen = new Set<string>();
  scenario.processors.forEach((processor, index) => {
    const path = `processors[${index}]`;
    if (processor.id === '*' || seen.has(processor.id)) say(`${path}.id`, `there are two processors ${processor.id}`);
    seen.add(processor.id);
    if (processor.errorRate + processor.timeoutRate > 1)
      say(`${path}.timeoutRate`, 'errorRate and timeoutRate together are above 1');
    if (processor.fromFraction >= processor.toFraction)
      say(`${path}.toFraction`, 'the processor leaves before it has come');
    processor.segments?.forEach((name, place) => {
      const at = `${path}.segments[${place}]`;
      if (segmentsNamed(scenario, name).length === 0) say(at, 'no segment of the scenario has this name');
      if (typeof name === 'string') return;
      const { errorRate = processor.errorRate, timeoutRate = processor.timeoutRate } = {
        ...('errorRate' in name ? { errorRate: name.errorRate } : {}),
        ...('timeoutRate' in name ? { timeoutRate: name.timeoutRate } : {}),
      };
      if (errorRate + timeoutRate > 1) say(`${at}.timeoutRate`, 'errorRate and timeoutRate together are above 1');
    });
  });
}

function checkEpisode(scenario: Scenario, episode: ScenarioEpisode, path: string, say: Say): void {
  const { processor, segment, set = {}, scale = {}, shape } = episode;
  const known = scenario.processors.findIndex(({ id }) => id === processor);
  if (processor !== '*' && known < 0) say(`${path}.processor`, `no processor ${processor}`);
  if (segment !== undefined) {
    const meant = segmentsNamed(scenario, segment);
    if (meant.length === 0) say(`${path}.segment`, 'no segment of the scenario has this name');
    else if (known >= 0 && !meant.some((index) => segmentsServed(scenario, known).includes(index)))
      say(`${path}.segment`, `${processor} does not serve this segment`);
  }
  if (episode.fromFraction >= episode.toFraction) say(`${path}.toFraction`, 'the episode ends before it begins');
  if (Object.keys(set).length + Object.keys(scale).length === 0) say(`${path}.set`, 'the episode changes nothing');
  if ((set.errorRate ?? 0) + (set.timeoutRate ?? 0) > 1)
    say(`${path}.set.timeoutRate`, 'errorRate and timeoutRate together are above 1');
  if (set.userErrorRate !== undefined && processor !== '*')
    say(`${path}.set.userErrorRate`, 'customers err at every processor alike: processor must be "*"');
  if (shape === 'calendar' && episode.hours === undefined && episode.periodFraction === undefined)
    say(`${path}.periodFraction`, 'a calendar window wants periodFraction or hours');
  if (shape === 'calendar' && episode.hours !== undefined && episode.hours.from === episode.hours.to)
    say(`${path}.hours.to`, 'the window is empty');
  if (shape !== 'calendar' && episode.hours !== undefined) say(`${path}.hours`, 'only shape "calendar" has hours');
  if (shape !== 'sine' && episode.phaseRadians !== undefined)
    say(`${path}.phaseRadians`, 'only shape "sine" has a phase');
}

function checkArrivals({ arrivals, startsAt }: Scenario, say: Say): void {
  if (arrivals.dailyAmplitude + arrivals.weeklyAmplitude >= 1)
    say('arrivals.weeklyAmplitude', 'the amplitudes together leave hours without any traffic: keep them below 1');
  arrivals.bursts.forEach(({ fromFraction, toFraction }, index) => {
    if (fromFraction >= toFraction) say(`arrivals.bursts[${index}].toFraction`, 'the burst ends before it begins');
  });
  if (Number.isNaN(Date.parse(startsAt))) say('startsAt', 'not a moment in time');
}

function checkFeedback({ feedback: { delaySeconds } }: Scenario, say: Say): void {
  if (typeof delaySeconds === 'number') return;
  if (delaySeconds.distribution === 'lognormal' && delaySeconds.p99 <= delaySeconds.median)
    say('feedback.delaySeconds.p99', 'the 99th percentile lies above the median');
  if (delaySeconds.distribution === 'uniform' && delaySeconds.to <= delaySeconds.from)
    say('feedback.delaySeconds.to', 'the range is empty');
}

/** Between two moments at which someone comes or leaves nothing changes: it is enough to look once in each. */
function checkServed(scenario: Scenario, say: Say): void {
  const moments = new Set([
    0,
    ...scenario.processors.flatMap(({ fromFraction, toFraction }) => [fromFraction, toFraction]),
  ]);
  const served = scenario.processors.map((_, index) => new Set(segmentsServed(scenario, index)));
  scenario.segments.forEach((segment, index) => {
    const bare = [...moments]
      .filter((moment) => moment < 1)
      .sort((left, right) => left - right)
      .find(
        (moment) =>
          !scenario.processors.some(
            ({ fromFraction, toFraction }, processor) =>
              served[processor]!.has(index) && fromFraction <= moment && moment < toFraction,
          ),
      );
    if (bare !== undefined)
      say(
        `segments[${index}]`,
        `no processor serves ${segment.paymentMethod}|${segment.country} from fraction ${bare} on`,
      );
  });
}
