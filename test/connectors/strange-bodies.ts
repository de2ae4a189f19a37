// What a broken or hostile sender makes of a genuine body: fields dropped, replaced, of another type, huge or nested without end.
import { pick, type Draw } from './signature-cases.ts';

type Path = readonly (string | number)[];

const LONG = 'x'.repeat(20_000);
const DEEP: unknown = Array.from({ length: 200 }).reduce((inner: unknown) => ({ data: [inner] }), null);

const STRANGE: readonly unknown[] = [
  null,
  '',
  ' ',
  'null',
  '__proto__',
  '\u0000\ud800',
  'NaN',
  '-1',
  '1e9',
  '0x10',
  '9007199254740993',
  LONG,
  DEEP,
  [],
  {},
  [[]],
  [null],
  { toString: null, length: -1 },
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  2 ** 53 + 2,
  2 ** 53 - 1,
  '4111 1111 1111 1111',
  4_111_111_111_111_111,
  '2026-13-45T99:99:99Z',
  8_640_000_000_000_001,
  'dec_',
  '../../etc',
];

/** One to three changes, anywhere in the value. */
export function strangeBody(genuine: unknown, draw: Draw): unknown {
  let body = structuredClone(genuine);
  const changes = 1 + Math.floor(draw() * 3);
  for (let change = 0; change < changes; change += 1) body = changedOnce(body, draw);
  return body;
}

function changedOnce(body: unknown, draw: Draw): unknown {
  const path = pick(pathsOf(body, []), draw);
  const name = path.at(-1);
  if (name === undefined) return draw() < 0.2 ? pick(STRANGE, draw) : body;
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((held, key) => (held as Record<string | number, unknown>)[key], body);
  const fields = holder as Record<string | number, unknown>;
  const value = fields[name];
  const act = draw();
  if (act < 0.15) delete fields[name];
  else if (act < 0.3) fields[name] = otherType(value);
  else if (act < 0.4) fields[name] = [value, value];
  else if (act < 0.45) fields[String(name).toUpperCase()] = value;
  else fields[name] = structuredClone(pick(STRANGE, draw));
  return body;
}

function otherType(value: unknown): unknown {
  if (typeof value === 'string') return Number.isNaN(Number(value)) ? [value] : Number(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? {} : JSON.stringify(value);
}

/** Depth first, at most so many levels: what was put in may be deep. */
function pathsOf(value: unknown, at: Path, levels = 12): Path[] {
  if (typeof value !== 'object' || value === null || levels === 0) return [at];
  const entries: (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item] as const)
    : Object.entries(value);
  return [at, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...at, key], levels - 1))];
}
