// Ids of objects by their names, which never change: an id is a hash that would be computed with every call.
const NAMES_MAX = 1_000;

/** Those of one namespace. */
export class ObjectIds {
  readonly #byName = new Map<string, DurableObjectId>();

  idOf(namespace: Pick<DurableObjectNamespace, 'idFromName'>, name: string): DurableObjectId {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const id = namespace.idFromName(name);
    if (this.#byName.size >= NAMES_MAX) this.#byName.clear();
    this.#byName.set(name, id);
    return id;
  }
}

export const processorIds = new ObjectIds();
export const shardIds = new ObjectIds();
