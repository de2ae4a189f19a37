// Registering processors: list, read, create, replace, remove.
import type { App } from '../context.ts';
import { change, readConfiguration } from '../configuration-access.ts';
import { serve } from '../endpoint.ts';
import { asProcessorId } from '../../domain/identity.ts';
import type { Configuration } from '../../domain/configuration/configuration.ts';
import { IdParams } from '../schemas/primitives.ts';
import { ProcessorAnswer, ProcessorInput, ProcessorList, processorJson, processorOf } from '../schemas/processors.ts';
import type { FieldFault, Refusal } from '../refusal.ts';

const PATH = '/api/v1/processors';
const tag = 'Processors';

export function mountProcessors(app: App): void {
  serve(
    app,
    { method: 'get', path: PATH, scope: 'read', tag, summary: 'List processors', answer: { status: 200, description: 'All of them; the ETag is the configuration version', schema: ProcessorList } },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const processors = configuration.processors.map(processorJson);
      return { body: { processors, count: processors.length }, version: configuration.version };
    },
  );
  serve(
    app,
    { method: 'get', path: `${PATH}/{id}`, scope: 'read', tag, summary: 'Read a processor', params: IdParams, answer: { status: 200, description: 'The processor', schema: ProcessorAnswer } },
    async (call) => {
      const configuration = await readConfiguration(call);
      return configuration === null ? { refused: { reason: 'no_table' } } : told(configuration, call.params.id);
    },
  );
  serve(
    app,
    { method: 'post', path: PATH, scope: 'operate', tag, summary: 'Register a processor', body: ProcessorInput, answer: { status: 201, description: 'It is routed to from now on', schema: ProcessorAnswer } },
    async (call) => {
      const named = namedBy(call.body);
      if (typeof named !== 'string') return { refused: named };
      const changed = await change(call, 'processor', { op: 'put_processor', processor: processorOf(named, call.body), mode: 'create' });
      return 'refused' in changed ? changed : told(changed.configuration, named);
    },
  );
  serve(
    app,
    { method: 'put', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Replace a processor', description: 'Send the ETag you read in If-Match, and nobody else can have changed it in between.', params: IdParams, body: ProcessorInput, answer: { status: 200, description: 'As it is now', schema: ProcessorAnswer } },
    async (call) => {
      const { id } = call.params;
      if (namedBy({ id, ...call.body }) !== id) return { refused: mismatch };
      const changed = await change(call, 'processor', { op: 'put_processor', processor: processorOf(id, call.body), mode: 'replace' });
      return 'refused' in changed ? changed : told(changed.configuration, id);
    },
  );
  serve(
    app,
    { method: 'delete', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Remove a processor', description: 'It is routed to no more; results that still arrive for it are refused.', params: IdParams, answer: { status: 204, description: 'Removed' } },
    async (call) => {
      const changed = await change(call, 'processor', { op: 'delete_processor', id: asProcessorId(call.params.id) });
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}

function told({ processors, version }: Configuration, id: string) {
  const found = processors.find((processor) => processor.id === id);
  if (found === undefined) return { refused: { reason: 'not_found', what: 'processor' } as const };
  return { body: processorJson(found), version };
}

const fault = (code: string, message: string): Refusal => {
  const errors: readonly FieldFault[] = [{ field: 'id', code, message }];
  return { reason: 'invalid_request', errors };
};
const mismatch = fault('invalid_field', 'must be the one in the path');

/** `processor_id` is the seed's word for `id`; both are taken, but not two different ones. */
function namedBy({ id, processor_id: seedId }: Pick<ProcessorInput, 'id' | 'processor_id'>): string | Refusal {
  if (id !== undefined && seedId !== undefined && id !== seedId) return fault('invalid_field', 'must equal processor_id');
  return id ?? seedId ?? fault('missing_field', 'is required');
}
