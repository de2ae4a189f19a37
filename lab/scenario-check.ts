// What no shape can say of a scenario: shares that do not sum to one, names that nobody bears, moments at which nobody serves a segment.
import type { ScenarioProblem } from './scenario-problems.ts';
import type { SegmentName, WrittenScenario } from './scenario-file.ts';

type Say = (path: string, message: string) => void;
type Episode = WrittenScenario['episodes'][number];
type Segments = Pick<WrittenScenario, 'segments'>;

export function checkScenario(scenario: WrittenScenario): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const say: Say = (path, message) => problems.push({ path, message });
  checkSegments(scenario, say);
  checkProcessors(scenario, say);
  scenario.episodes.forEach((episode, index) => checkEpisode(scenario, episode, `episodes[${index}]`, say));
  checkArrivals(scenario, say);
  if (!problems.some(({ path }) => path.startsWith('processors'))) checkServed(scenario, say);
  return problems;
}

/**
 * Indices of the segments meant by a name: `CARD|BR` with any mark between and in either order, a method, a country, `*`, a place in the list.
 * Two segments may share a name (small and large amounts).
 */
export function segmentsNamed({ segments }: Segments, name: SegmentName): number[] {
  if (typeof name === 'number') return name < segments.length ? [name] : [];
  if (typeof name === 'object' && !('name' in name)) {
    const { paymentMethod, country } = name;
    if (paymentMethod === undefined && country === undefined) return [];
    return indicesOf(
      segments,
      (segment) => meets(segment.paymentMethod, paymentMethod) && meets(segment.country, country),
    );
  }
  const text = typeof name === 'string' ? name : (name.name ?? '');
  if (text.trim() === '*') return [...segments.keys()];
  const readings: readonly ((segment: Segments['segments'][number]) => boolean)[] = [
    ({ paymentMethod, country }) => joins(text, paymentMethod, country),
    ({ paymentMethod }) => meets(paymentMethod, text) || joins(text, paymentMethod, '*'),
    ({ paymentMethod, country }) => joins(text, country, paymentMethod),
    ({ country }) => meets(country, text) || joins(text, '*', country),
  ];
  return readings.map((reading) => indicesOf(segments, reading)).find((found) => found.length > 0) ?? [];
}

function indicesOf(
  segments: Segments['segments'],
  isMeant: (segment: Segments['segments'][number]) => boolean,
): number[] {
  return segments.flatMap((segment, index) => (isMeant(segment) ? [index] : []));
}

/** A part that is left out is met by all. */
const meets = (own: string, asked: string | undefined): boolean =>
  asked === undefined || asked.trim() === '*' || own.trim().toUpperCase() === asked.trim().toUpperCase();

function joins(text: string, first: string, second: string): boolean {
  const [whole, head, tail] = [text, first, second].map((part) => part.trim().toUpperCase()) as [
    string,
    string,
    string,
  ];
  if (!whole.startsWith(head) || !whole.endsWith(tail)) return false;
  return /^[^\p{L}\p{N}*]+$/u.test(whole.slice(head.length, whole.length - tail.length));
}

/** Ascending indices of the segments that a processor serves. */
export function segmentsServed(
  scenario: Pick<WrittenScenario, 'segments' | 'processors'>,
  processor: number,
): number[] {
  const names = scenario.processors[processor]!.segments;
  if (names === undefined) return scenario.segments.map((_, index) => index);
  return [...new Set(names.flatMap((name) => segmentsNamed(scenario, name)))].sort((left, right) => left - right);
}

function checkSegments({ segments }: Segments, say: Say): void {
  const sum = segments.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) say('segments', `the shares sum to ${Number(sum.toFixed(6))}, not to 1`);
}

function checkProcessors(scenario: WrittenScenario, say: Say): void {
  const seen = new Set<string>();
  scenario.processors.forEach((processor, index) => {
    const path = `processors[${index}]`;
    if (processor.id === '*' || seen.has(processor.id)) say(`${path}.id`, `there are two processors ${processor.id}`);
    seen.add(processor.id);
    if (processor.errorRate + processor.timeoutRate > 1)
      say(`${path}.timeoutRate`, 'errorRate and timeoutRate together are above 1');
    if (processor.fromFraction >= processor.toFraction)
      say(`${path}.toFraction`, 'the processor leaves before it has come');
    const { marginBps } = scenario.processors[0]!;
    if (processor.marginBps !== marginBps)
      say(
        `${path}.marginBps`,
        'the margin is the merchant’s: the same at every processor, or told of the scenario or of a segment',
      );
    processor.segments?.forEach((name, place) => {
      const at =
        typeof name === 'object' && name.name !== undefined
          ? `${path}.segments.${name.name}`
          : `${path}.segments[${place}]`;
      if (segmentsNamed(scenario, name).length === 0) say(at, 'no segment of the scenario has this name');
      if (typeof name !== 'object') return;
      const { errorRate = processor.errorRate, timeoutRate = processor.timeoutRate } = name;
      if (errorRate + timeoutRate > 1) say(`${at}.timeoutRate`, 'errorRate and timeoutRate together are above 1');
    });
  });
}

function checkEpisode(scenario: WrittenScenario, episode: Episode, path: string, say: Say): void {
  const { set = {}, scale = {}, shape } = episode;
  const ids = [episode.processor].flat();
  checkTouched(scenario, episode, path, say);
  checkMet(scenario, episode, path, say);
  if (episode.fromFraction >= episode.toFraction) say(`${path}.toFraction`, 'the episode ends before it begins');
  if ([...Object.values(set), ...Object.values(scale)].every((value) => value === undefined))
    say(`${path}.set`, 'the episode changes nothing');
  if ((set.errorRate ?? 0) + (set.timeoutRate ?? 0) > 1)
    say(`${path}.set.timeoutRate`, 'errorRate and timeoutRate together are above 1');
  if (set.userErrorRate !== undefined && ids.some((id) => id !== '*'))
    say(`${path}.set.userErrorRate`, 'customers err at every processor alike: processor must be "*"');
  if (shape === 'calendar' && episode.hours !== undefined && episode.hours.from === episode.hours.to)
    say(`${path}.hours.to`, 'the window is empty');
  if (shape !== 'calendar' && episode.hours !== undefined) say(`${path}.hours`, 'only shape "calendar" has hours');
  if ((shape === 'step' || shape === 'ramp') && episode.periodFraction !== undefined)
    say(`${path}.periodFraction`, `shape "${shape}" has no period`);
  if (shape === 'calendar' && episode.hours !== undefined && episode.periodFraction !== undefined)
    say(`${path}.periodFraction`, 'hours come again each day: with hours there is no period');
  if (shape !== 'sine' && episode.phaseRadians !== undefined)
    say(`${path}.phaseRadians`, 'only shape "sine" has a phase');
}

/** Whom and which part of the traffic an episode touches. */
function checkTouched(scenario: WrittenScenario, episode: Episode, path: string, say: Say): void {
  const ids = [episode.processor].flat();
  const names = episode.segment === undefined ? [] : [episode.segment].flat();
  const processors = ids.map((id) => scenario.processors.findIndex((each) => each.id === id));
  ids.forEach((id, place) => {
    const at = Array.isArray(episode.processor) ? `${path}.processor[${place}]` : `${path}.processor`;
    if (id !== '*' && processors[place]! < 0) say(at, `no processor ${id}`);
  });
  names.forEach((name, place) => {
    const at = Array.isArray(episode.segment) ? `${path}.segment[${place}]` : `${path}.segment`;
    const meant = segmentsNamed(scenario, name);
    if (meant.length === 0) say(at, 'no segment of the scenario has this name');
    else
      for (const processor of processors.filter((each) => each >= 0)) {
        const served = segmentsServed(scenario, processor);
        if (!meant.some((index) => served.includes(index)))
          say(at, `${scenario.processors[processor]!.id} does not serve this segment`);
      }
  });
}

/** An episode of one who is not there changes nothing. */
function checkMet(scenario: WrittenScenario, episode: Episode, path: string, say: Say): void {
  const { shape, hours, periodFraction, fromFraction } = episode;
  const comesAgain = shape === 'calendar' && hours === undefined && periodFraction !== undefined;
  const toFraction = comesAgain ? 1 : episode.toFraction;
  [episode.processor].flat().forEach((id, place) => {
    const processor = scenario.processors.find((each) => each.id === id);
    if (processor === undefined || fromFraction >= toFraction || processor.fromFraction >= processor.toFraction) return;
    const at = Array.isArray(episode.processor) ? `${path}.processor[${place}]` : `${path}.processor`;
    if (toFraction <= processor.fromFraction || fromFraction >= processor.toFraction)
      say(at, `${id} is not there at any moment of this episode`);
  });
}

function checkArrivals({ arrivals, startsAt }: WrittenScenario, say: Say): void {
  if (arrivals.dailyAmplitude + arrivals.weeklyAmplitude >= 1)
    say('arrivals.weeklyAmplitude', 'the amplitudes together leave hours without any traffic: keep them below 1');
  arrivals.bursts.forEach(({ fromFraction, toFraction }, index) => {
    if (fromFraction >= toFraction) say(`arrivals.bursts[${index}].toFraction`, 'the burst ends before it begins');
  });
  if (Number.isNaN(Date.parse(startsAt))) say('startsAt', 'not a moment in time');
}

/** Between two moments at which someone comes or leaves nothing changes: it is enough to look once in each. */
function checkServed(scenario: WrittenScenario, say: Say): void {
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
