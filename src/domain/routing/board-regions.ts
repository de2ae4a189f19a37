// Where routing boards stand, as the deployment lists them, and in which order an isolate asks them: the one that serves its place first.
export interface BoardRegion {
  /** Names the board: another name is another board, which begins with nothing. */
  readonly name: string;
  /** Where the platform is to put it; `null`: near whoever calls it first. */
  readonly locationHint: LocationHint | null;
  /** Continents and data centres that ask it first. */
  readonly places: readonly string[];
}

export type LocationHint = 'wnam' | 'enam' | 'sam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'afr' | 'me';

/** A name that is a location hint of the platform needs no places: it serves its own continent. */
const CONTINENT_OF: Readonly<Record<LocationHint, string>> = {
  wnam: 'NA',
  enam: 'NA',
  sam: 'SA',
  weur: 'EU',
  eeur: 'EU',
  apac: 'AS',
  oc: 'OC',
  afr: 'AF',
  me: 'AS',
};

const NAME = /^[a-z0-9_-]{1,32}$/i;
/** A continent, or a data centre by the code of its airport. */
const PLACE = /^(?:AF|AN|AS|EU|NA|OC|SA|[A-Z]{3})$/;
const HOME: BoardRegion = { name: 'main', locationHint: null, places: [] };

/** Where an isolate runs, as far as a request told. */
export interface IsolatePlace {
  readonly colo: string | null;
  readonly continent: string | null;
}

export const NOWHERE: IsolatePlace = { colo: null, continent: null };

/** `cf`: what the platform tells of a request, if anything. */
export function placeOf(cf: unknown): IsolatePlace {
  const { colo, continent } = (cf ?? {}) as Readonly<Record<string, unknown>>;
  return {
    colo: typeof colo === 'string' ? colo : null,
    continent: typeof continent === 'string' ? continent : null,
  };
}

export interface BoardRegions {
  /** At least one; the first is home: live sockets and whatever has no place of its own go there. */
  readonly regions: readonly [BoardRegion, ...BoardRegion[]];
  /** Of entries that were left out. */
  readonly faults: readonly string[];
}

/** e.g. `sam, weur=EU AF, asia=AS OC SIN`: names, each with the places that ask it first. */
export function readBoardRegions(text: string): BoardRegions {
  const faults: string[] = [];
  const regions: BoardRegion[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [name = '', listed = '', ...more] = entry.split('=').map((part) => part.trim());
    const places = listed.split(/\s+/).filter((place) => place !== '');
    const isTwice = regions.some((region) => region.name === name);
    if (!NAME.test(name) || more.length > 0 || isTwice || !places.every((place) => PLACE.test(place)))
      faults.push(entry);
    else regions.push(regionOf(name, places));
  }
  const [first = HOME, ...others] = regions;
  return { regions: [first, ...others], faults };
}

function regionOf(name: string, places: readonly string[]): BoardRegion {
  const isHint = (text: string): text is LocationHint => Object.hasOwn(CONTINENT_OF, text);
  if (!isHint(name)) return { name, locationHint: null, places };
  return { name, locationHint: name, places: places.length > 0 ? places : [CONTINENT_OF[name]] };
}

/** The one that serves this data centre, else this continent, else home; behind it the others as they are listed. */
export function regionsFrom(
  regions: BoardRegions['regions'],
  { colo, continent }: IsolatePlace,
): BoardRegions['regions'] {
  const serving = (place: string | null): BoardRegion | undefined =>
    place === null ? undefined : regions.find(({ places }) => places.includes(place));
  const nearest = serving(colo) ?? serving(continent) ?? regions[0];
  return [nearest, ...regions.filter((region) => region !== nearest)];
}
