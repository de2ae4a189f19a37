// Registering processors: they are routed to as soon as they are there.
import { asProcessorId } from '../../domain/identity.ts';
import { ID_OF_PATH, idFault, mountCollection } from '../collection.ts';
import type { App } from '../context.ts';
import type { Refusal } from '../refusal.ts';
import { ProcessorAnswer, ProcessorInput, ProcessorList, processorJson, processorOf } from '../schemas/processors.ts';

export function mountProcessors(app: App): void {
  mountCollection(app, {
    path: '/api/v1/processors',
    tag: 'Processors',
    kind: 'processor',
    named: 'a processor',
    plural: 'processors',
    input: ProcessorInput,
    output: ProcessorAnswer,
    list: ProcessorList,
    thingsOf: ({ processors }) => processors,
    json: processorJson,
    listJson: (processors) => ({ processors: processors.map(processorJson), count: processors.length }),
    idOf: namedBy,
    mismatch: (body, id) => (namedBy({ id, ...body }) === id ? null : ID_OF_PATH),
    put: (id, body, mode) => ({ op: 'put_processor', processor: processorOf(id, body), mode }),
    remove: (id) => ({ op: 'delete_processor', id: asProcessorId(id) }),
  });
}

/** `processor_id` is the seed's word for `id`; both are taken, but not two different ones. */
function namedBy({ id, processor_id: seedId }: Pick<ProcessorInput, 'id' | 'processor_id'>): string | Refusal {
  if (id !== undefined && seedId !== undefined && id !== seedId)
    return idFault('invalid_field', 'must equal processor_id');
  return id ?? seedId ?? idFault('missing_field', 'is required');
}
