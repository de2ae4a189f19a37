// Refuses a body with a list that is longer than its schema takes, before any entry of it is validated.
import type { MiddlewareHandler } from 'hono';
import type { z } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { refuse } from '../problem.ts';

interface TooLong {
  readonly field: string;
  readonly itemsMax: number;
}

export function boundLists(schema: z.ZodType): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const found = tooLongIn(schema, c.get('sentBody'), '');
    return found === null ? next() : refuse(c, { reason: 'too_many_items', ...found });
  };
}

/** The first list in it that is too long, outer ones before those inside them. */
function tooLongIn(schema: z.core.$ZodType, value: unknown, field: string): TooLong | null {
  if (typeof value !== 'object' || value === null) return null;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'array': {
      if (!Array.isArray(value)) return null;
      const itemsMax = itemsMaxOf(def);
      if (value.length > itemsMax) return { field, itemsMax };
      return firstOf(value.entries(), ([index, item]) => tooLongIn(def.element, item, `${field}[${index}]`));
    }
    case 'object':
      return firstOf(Object.entries(def.shape), ([name, inner]) =>
        tooLongIn(inner, (value as Record<string, unknown>)[name], field === '' ? name : `${field}.${name}`),
      );
    case 'union':
      // Fields of the same name have the same bound in every choice.
      return firstOf(def.options, (option) => tooLongIn(option, value, field));
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return tooLongIn(def.innerType, value, field);
    default:
      return null;
  }
}

/** Infinity: it has none, which a test does not let pass. */
export function itemsMaxOf({ checks = [] }: z.core.$ZodArrayDef): number {
  const bounds = checks.map(({ _zod: { def } }) =>
    def.check === 'max_length' ? (def as z.core.$ZodCheckMaxLengthDef).maximum : Infinity,
  );
  return Math.min(Infinity, ...bounds);
}

function firstOf<Item>(items: Iterable<Item>, look: (item: Item) => TooLong | null): TooLong | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}
