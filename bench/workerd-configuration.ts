// workerd's configuration as text: which Workers there are, what each is bound to, and where it listens.
import type { WorkerModule } from '../tools/bundle.ts';

export interface BareWorker {
  readonly name: string;
  /** The entry comes first. */
  readonly modules: readonly Pick<WorkerModule, 'type' | 'path' | 'contents'>[];
  /** Text that the Worker finds in its environment. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Binding -> class. */
  readonly objects?: Readonly<Record<string, string>>;
  /** The Worker that owns the objects; default: this one, which keeps them on its disk. */
  readonly objectsOf?: string;
  /** Bindings that count requests as a rate limit does, and let all pass. */
  readonly limits?: readonly string[];
  /** Binding -> Worker. */
  readonly services?: Readonly<Record<string, string>>;
}

export interface ConfigurationOptions {
  /** Where the objects' state is kept. */
  readonly state: string;
  /** Of the first Worker; 0 and for all others: a free one. */
  readonly port: number;
  readonly date: string;
  readonly flags: readonly string[];
}

/** The platform counts in its own process, without a call over the network; here it is a map in the isolate. */
const LIMIT = `export default () => {
  const counts = new Map();
  return { limit: async ({ key }) => { counts.set(key, (counts.get(key) ?? 0) + 1); return { success: true }; } };
};`;
const EMBEDDED = { ESModule: 'esModule', CompiledWasm: 'wasm', Text: 'text', Data: 'data' } as const;

/** Modules are read from `<name>/<path>` beside the file. */
export function configurationText(workers: readonly BareWorker[], options: ConfigurationOptions): string {
  const services = workers.map(({ name }, place) => `(name = ${quoted(name)}, worker = .worker${place})`);
  const sockets = workers.map(({ name }, place) => {
    const address = `127.0.0.1:${place === 0 ? options.port : 0}`;
    return `(name = ${quoted(name)}, address = ${quoted(address)}, http = (), service = ${quoted(name)})`;
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')},
    (name = "state", disk = (path = ${quoted(options.state)}, writable = true)),
    # Loopback alone: nothing of a bench may leave this machine.
    (name = "internet", network = (allow = ["local"])),
  ],
  extensions = [(modules = [(name = "bench:limit", internal = true, esModule = ${quoted(LIMIT)})])],
  sockets = [
    ${sockets.join(',\n    ')},
  ],
);
${workers.map((worker, place) => `const worker${place} :Workerd.Worker = ${workerText(worker, options)};`).join('\n')}
`;
}

function workerText(worker: BareWorker, { date, flags }: ConfigurationOptions): string {
  const { name, modules, objects = {}, objectsOf } = worker;
  const own = objectsOf === undefined ? [...new Set(Object.values(objects))] : [];
  const embedded = modules.map(
    ({ type, path }) => `(name = ${quoted(path)}, ${EMBEDDED[type]} = embed ${quoted(`${name}/${path}`)})`,
  );
  const namespaces = own.map((className) => {
    const key = `uniqueKey = ${quoted(`${name}-${className}`)}`;
    return `(className = ${quoted(className)}, ${key}, enableSql = true)`;
  });
  return `(
  modules = [${embedded.join(', ')}],
  compatibilityDate = ${quoted(date)},
  compatibilityFlags = [${flags.map(quoted).join(', ')}],
  bindings = [${bindingsOf(worker).join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],${own.length === 0 ? '' : '\n  durableObjectStorage = (localDisk = "state"),'}
)`;
}

function bindingsOf({ texts = {}, objects = {}, objectsOf, limits = [], services = {} }: BareWorker): string[] {
  return [
    ...Object.entries(texts).map(([key, text]) => `(name = ${quoted(key)}, text = ${quoted(text)})`),
    ...Object.entries(objects).map(([key, className]) => {
      const owner = objectsOf === undefined ? '' : `, serviceName = ${quoted(objectsOf)}`;
      return `(name = ${quoted(key)}, durableObjectNamespace = (className = ${quoted(className)}${owner}))`;
    }),
    ...limits.map((key) => `(name = ${quoted(key)}, wrapped = (moduleName = "bench:limit", innerBindings = []))`),
    ...Object.entries(services).map(([key, service]) => `(name = ${quoted(key)}, service = ${quoted(service)})`),
  ];
}

const quoted = (text: string): string => JSON.stringify(text);
