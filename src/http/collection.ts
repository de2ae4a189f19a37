// The five endpoints of one kind of thing in the configuration: list, read, create, replace, remove, under ETag and If-Match.
import type { z } from '@hono/zod-openapi';
import type { Configuration } from '../domain/configuration/configuration.ts';
import type { ConfigurationChange } from '../ports/registry-port.ts';
import type { World } from '../ports/world.ts';
import { change, readConfiguration } from './configuration-access.ts';
import type { App } from './context.ts';
import { type Answer, serve } from './endpoint.ts';
import type { FieldCode, Refusal, ResourceKind } from './refusal.ts';
import { IdParams } from './schemas/primitives.ts';
import type { Tag } from './tags.ts';

export interface Collection<Thing, Input extends z.ZodType, Out extends z.ZodType, List extends z.ZodType> {
  readonly path: string;
  readonly tag: Tag;
  readonly kind: ResourceKind;
  /** With its article, for the summaries: `a rule`. */
  readonly named: string;
  readonly plural: string;
  readonly input: Input;
  readonly output: Out;
  readonly list: List;
  readonly thingsOf: (configuration: Configuration) => readonly Thing[];
  readonly json: (thing: Thing) => z.input<Out>;
  readonly listJson: (things: readonly Thing[]) => z.input<List>;
  /** The id of a new thing, drawn if the caller may leave it out. */
  readonly idOf: (body: z.output<Input>, world: World) => string | Refusal;
  /** What is wrong with a body sent to this id. */
  readonly mismatch: (body: z.output<Input>, id: string) => Refusal | null;
  readonly put: (id: string, body: z.output<Input>, mode: 'create' | 'replace') => ConfigurationChange;
  readonly remove: (id: string) => ConfigurationChange;
}

interface Identified {
  readonly id: string;
}

export function mountCollection<
  Thing extends Identified,
  Input extends z.ZodType,
  Out extends z.ZodType,
  List extends z.ZodType,
>(app: App, collection: Collection<Thing, Input, Out, List>): void {
  mountReads(app, collection);
  mountWrites(app, collection);
}

function mountReads<Thing extends Identified, Input extends z.ZodType, Out extends z.ZodType, List extends z.ZodType>(
  app: App,
  collection: Collection<Thing, Input, Out, List>,
): void {
  const { path, tag, named, plural } = collection;
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: `List ${plural}`,
      answer: {
        status: 200,
        description: 'All of them; the ETag is the configuration version',
        schema: collection.list,
      },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      return { body: collection.listJson(collection.thingsOf(configuration)), version: configuration.version };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: `${path}/{id}`,
      scope: 'read',
      tag,
      summary: `Read ${named}`,
      params: IdParams,
      answer: {
        status: 200,
        description: 'As it is now; the ETag is the configuration version',
        schema: collection.output,
      },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      return configuration === null
        ? { refused: { reason: 'no_table' } }
        : told(collection, configuration, call.params.id);
    },
  );
}

function mountWrites<Thing extends Identified, Input extends z.ZodType, Out extends z.ZodType, List extends z.ZodType>(
  app: App,
  collection: Collection<Thing, Input, Out, List>,
): void {
  const { path, tag, named, kind, input, output } = collection;
  const own = { path: `${path}/{id}`, scope: 'operate', tag, params: IdParams } as const;
  serve(
    app,
    {
      method: 'post',
      path,
      scope: 'operate',
      tag,
      summary: `Create ${named}`,
      body: input,
      answer: { status: 201, description: 'In force from now on', schema: output },
    },
    async (call) => {
      const id = collection.idOf(call.body, call.world);
      if (typeof id !== 'string') return { refused: id };
      const changed = await change(call, kind, collection.put(id, call.body, 'create'));
      return 'refused' in changed ? changed : told(collection, changed.configuration, id);
    },
  );
  serve(
    app,
    {
      ...own,
      method: 'put',
      summary: `Replace ${named}`,
      description: 'Send the ETag you read in `If-Match`, and nobody else can have changed anything in between.',
      body: input,
      answer: { status: 200, description: 'As it is now', schema: output },
    },
    async (call) => {
      const { id } = call.params;
      const refused = collection.mismatch(call.body, id);
      if (refused !== null) return { refused };
      const changed = await change(call, kind, collection.put(id, call.body, 'replace'));
      return 'refused' in changed ? changed : told(collection, changed.configuration, id);
    },
  );
  serve(
    app,
    { ...own, method: 'delete', summary: `Remove ${named}`, answer: { status: 204, description: 'Removed' } },
    async (call) => {
      const changed = await change(call, kind, collection.remove(call.params.id));
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}

function told<Thing extends Identified, Input extends z.ZodType, Out extends z.ZodType, List extends z.ZodType>(
  { thingsOf, json, kind }: Collection<Thing, Input, Out, List>,
  configuration: Configuration,
  id: string,
): Answer<z.input<Out>> {
  const found = thingsOf(configuration).find((thing) => thing.id === id);
  if (found === undefined) return { refused: { reason: 'not_found', what: kind } };
  return { body: json(found), version: configuration.version };
}

export const idFault = (code: FieldCode, message: string): Refusal => ({
  reason: 'invalid_request',
  errors: [{ field: 'id', code, message }],
});

export const ID_OF_PATH = idFault('invalid_field', 'must be the one in the path');
