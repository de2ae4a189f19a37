// Reads JSON without making two ids one: a whole number that a double cannot hold stays the text it was written as.

/** Throws a SyntaxError, as `JSON.parse` does. Node 24 and workerd hand the source of a number to the reviver; a test in each says so. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, keepLargeNumbers);
}

function keepLargeNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? source : value;
}
