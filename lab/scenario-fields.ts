// An object of a scenario file: its known fields and no others, where null says the same as leaving an optional field out.
import { z } from 'zod';
import type { ScenarioProblem } from './scenario-problems.ts';

/** A strict object; a field that is unknown stays to be refused even if it is null, and so does one that must be there. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const strict = z.strictObject(shape);
  const optional = new Set(
    Object.entries(strict.shape).flatMap(([name, field]) =>
      z.safeParse(field as z.core.$ZodType, undefined).success ? [name] : [],
    ),
  );
  return z.preprocess((json) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
    return Object.fromEntries(Object.entries(json).filter(([name, value]) => value !== null || !optional.has(name)));
  }, strict);
}

/** No field of a scenario lies deeper; more would only exhaust the stack. */
const DEPTH_MAX = 20;

/** What cannot even be looked at field by field: too deep, or a name that JavaScript takes for something else. */
export function unreadable(json: unknown, path = '', depth = 0): ScenarioProblem[] {
  if (typeof json !== 'object' || json === null) return [];
  if (depth === DEPTH_MAX) return [{ path, message: `more than ${DEPTH_MAX} levels deep` }];
  return Object.entries(json).flatMap(([name, value]) => {
    const at = Array.isArray(json) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return name === '__proto__' ? [{ path: at, message: 'unknown field' }] : unreadable(value, at, depth + 1);
  });
}
