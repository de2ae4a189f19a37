// A port whose code is loaded at its first call: libraries that few requests need cost an isolate's start nothing.

type Asking<Port> = { readonly [Method in keyof Port]: (...given: never[]) => Promise<unknown> };

/** `methods` names all of them. What was loaded is kept, and never the promise: one of another request may never settle. */
export function deferredPort<Port extends Asking<Port>>(
  methods: Readonly<Record<keyof Port, true>>,
  load: () => Promise<Port>,
): Port {
  let port: Port | null = null;
  const ask = async (method: keyof Port, given: never[]): Promise<unknown> => {
    const loaded = port ?? (await load());
    // Two calls may load it at once: both speak to the one that came first.
    port ??= loaded;
    return await port[method](...given);
  };
  const names = Object.keys(methods) as (keyof Port)[];
  return Object.fromEntries(
    names.map((method) => [method, async (...given: never[]) => await ask(method, given)]),
  ) as unknown as Port;
}
