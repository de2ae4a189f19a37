// Processors that the Registry of the runtime really knows, and results that their objects really take.
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { ACTOR } from './registry-harness.ts';
import { addressOf, PIX_BR, resultOf } from '../harness/results.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import { registeredProcessor } from '../../lab/registered-processor.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import type { ApiResult } from '../../src/domain/results/canonical-result.ts';
import type { BreakerOptions, RegisteredProcessor } from '../../src/domain/processor-config.ts';

export const processors = createProcessorClient(env, new Map(), () => Date.now());

/** For PIX in Brazil, whatever it costs. */
export async function register(id: string, breaker: Partial<BreakerOptions> = {}): Promise<RegisteredProcessor> {
  const { id: processorId, breaker: options } = addressOf(id, breaker);
  const serving = { paymentMethods: ['PIX'], countries: ['BR'] };
  const { epoch: _epoch, revision: _revision, ...processor } = registeredProcessor(id, serving, { breaker: options });
  const reply = await registryStub(env).change({ op: 'put_processor', processor, mode: 'create' }, ACTOR, null);
  if (!reply.ok) throw new Error(reply.reason);
  return reply.configuration.processors.find((one) => one.id === processorId)!;
}

export async function record(processor: RegisteredProcessor, count: number, result: ApiResult): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const given = resultOf(processor.id, { eventTimeMs: Date.now(), segment: PIX_BR, result });
    expect(await processors.record(processor, [given])).toMatchObject({ ok: true });
  }
}
