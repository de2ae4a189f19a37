// What the night demo's house does not have, because none of the flows that it runs reaches for it: whoever does is told.

/** Every method of it throws. */
export function absent<Port extends object>(name: string): Port {
  const refuse = (method: PropertyKey) => (): never => {
    throw new Error(`the night demo has no ${String(method)} of ${name}`);
  };
  return new Proxy({} as Port, { get: (_target, method) => refuse(method) });
}
