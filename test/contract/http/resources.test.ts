// Load and the number of instances over HTTP; and that what docs/scaling.md tells KEDA and an HPA to read is there.
import { readFileSync } from 'node:fs';
import { CPU_FIGURES } from '../../../src/domain/scaling/cpu-figures.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { InMemoryPast } from '../../../tools/in-memory/in-memory-predictions.ts';
import { liveJson } from '../../../src/http/schemas/live.ts';
import { readScalingSettings } from '../../../src/domain/scaling/scaling-settings.ts';
import { readingOf, SCALING_SAMPLE } from '../../harness/in-memory-scaling.ts';
import * as scaling from '../../../workers/scaling.ts';
import { START } from '../../harness/in-memory-world.ts';

const MINUTE = 60_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

const traffic = (perMinute: number): void =>
  void caller.set.scaling.loads.set(
    'processor_a',
    readingOf({
      calls: perMinute,
      results: perMinute,
      attempts: perMinute,
      commits: 60,
      committedResults: perMinute,
      queueDepthMax: 7,
    }),
  );
const runJob = async (): Promise<Record<string, number>> => {
  const told: Record<string, number> = {};
  await scaling.run(caller.world, caller.set.scaling.settings, { count: (more) => void Object.assign(told, more) });
  return told;
};
const get = async (path: string) => await caller.call('GET', path);
const scale = async (body: unknown, path = '/api/v1/autonomous/scale') => await caller.call('POST', path, { body });

describe('the job `scaling`', () => {
  const past = new InMemoryPast();
  beforeEach(() => {
    past.fault = null;
    past.queuesOf.clear();
    caller.set.predictions.past = past;
    traffic(1_500);
  });

  test('[PRD-45] keeps the deepest queue of the minute that it has measured, of whoever had one', async () => {
    caller.set.now = START + 7_000;
    expect(await runJob()).toMatchObject({ queues_kept: 1 });
    expect([...past.queuesOf]).toEqual([['processor_a', { [START / MINUTE - 1]: 7 }]]);
  });

  test('[PRD-45] decides on without a history, or while it is away', async () => {
    past.fault = { reason: 'unreachable' };
    expect(await runJob()).toEqual({ instances: expect.any(Number), changes: expect.any(Number) });
    caller.set.predictions.past = null;
    expect(await runJob()).not.toHaveProperty('queues_kept');
  });
});

describe('GET /api/v1/resources/stats', () => {
  test('[SCL-3] tells load and head-room of each object against its limits', async () => {
    traffic(1_500);
    const { status, json } = await get('/api/v1/resources/stats');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      window_seconds: 60,
      count: 5,
      limits: { requests_per_second: 500, queue_depth: 20_000, cpu_share: 1 },
      transactions_per_minute: 1_500,
      complete: true,
      scaling: { instances: null, evaluated_at: null, changes: [], settings: { min_instances: 2, max_instances: 20 } },
    });
    expect((json['objects'] as unknown[])[0]).toMatchObject({
      processor_id: 'processor_a',
      reachable: true,
      requests_per_second: 25,
      results_per_second: 25,
      refused_share: 0,
      results_per_commit: 25,
      queue_depth_max: 7,
      cpu_share_estimated: expect.closeTo((1_500 * CPU_FIGURES.resultUs + 60 * CPU_FIGURES.commitUs) / 60e6, 9),
      load: 0.05,
      head_room: 0.95,
      bound_by: 'requests',
    });
  });

  test('[SHD-8] tells each shard with its slots and its load, and takes attempts from the own object alone', async () => {
    traffic(1_500);
    const own = caller.set.scaling.loads.get('processor_a')!;
    const shards = [
      { shard: 1, slots: 128, reading: readingOf({ calls: 3_000, results: 3_000 }) },
      { shard: 2, slots: 64, reading: readingOf({ refusedResults: 1, refusedCalls: 1 }) },
    ];
    caller.set.scaling.loads.set('processor_a', { ...own, shards });
    const { json } = await get('/api/v1/resources/stats');
    // Who refuses results is told them again.
    expect(json).toMatchObject({ count: 7, transactions_per_minute: 1_500, complete: false });
    expect(json['objects']).toMatchObject([
      { processor_id: 'processor_a', shard: 0, slots: 64 },
      { processor_id: 'processor_a', shard: 1, slots: 128, requests_per_second: 50 },
      { processor_id: 'processor_a', shard: 2, slots: 64, bound_by: 'refusals' },
      { processor_id: 'processor_b', shard: 0, slots: 256 },
      {},
      {},
      {},
    ]);
    caller.set.scaling.loads.set('processor_a', { ...own, shards: [{ ...shards[0]!, reading: null }] });
    expect((await get('/api/v1/resources/stats')).json).toMatchObject({ complete: false });
    caller.set.scaling.loads.set('processor_a', { ...own, shards: shards.slice(0, 1) });
    expect((await get('/api/v1/resources/stats')).json).toMatchObject({ complete: true });
  });

  test('[SCL-10] [SCL-18] payments a minute of which too little is known are told as incomplete', async () => {
    const reading = readingOf({ attempts: 2, attemptsKnownMs: 1_000 });
    caller.set.scaling.loads.set('processor_a', reading);
    const { json } = await get('/api/v1/resources/stats');
    expect(json).toMatchObject({ complete: false, transactions_per_minute: 2 });
  });

  test('[SCL-4] where cpu binds, the description says that it is estimated, and the answer by which figures', async () => {
    const described = JSON.stringify((await get('/openapi.json')).json['components']);
    expect(/"bound_by":\{[^}]*"description":"([^"]*)"/.exec(described)?.[1]).toMatch(
      /`cpu`: .*estimate.*`cpu_figures`/,
    );
    const { resultUs, commitUs, permitUs, decisionUs, measured } = CPU_FIGURES;
    expect((await get('/api/v1/resources/stats')).json['cpu_figures']).toEqual({
      ...{ result_us: resultUs, commit_us: commitUs, permit_us: permitUs, decision_us: decisionUs },
      ...{ measured_on: measured.on, machine: measured.machine, runtime: measured.runtime, core: measured.core },
    });
  });

  test('[SCL-10] an object that cannot be asked is told as such', async () => {
    caller.set.objectsReachable = false;
    const { json } = await get('/api/v1/resources/stats');
    expect(json).toMatchObject({ complete: false, transactions_per_minute: 0 });
    expect((json['objects'] as unknown[])[0]).toMatchObject({ reachable: false, load: null, head_room: null });
  });
});

describe('POST /api/v1/resources/evaluate-scaling', () => {
  test('[SCL-5] says what the job would do, and does nothing', async () => {
    traffic(600);
    await runJob();
    traffic(900);
    caller.set.now += MINUTE;
    const { status, json } = await caller.call('POST', '/api/v1/resources/evaluate-scaling');
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { reason: 'load_high', instances: 8, desired_instances: 12, action: 'scale_up', utilisation: 1.125 },
    });
    expect(caller.set.scaling.state?.instances).toBe(8);
    expect(await runJob()).toMatchObject({ instances: 12, changes: 1 });
    expect(await runJob()).toMatchObject({ instances: 12, changes: 0 });
  });
});

describe('POST /api/v1/autonomous/scale', () => {
  test.each(['/api/v1/autonomous/scale', '/autonomous/scale'])(
    '[SCL-13] [SCL-16] %s sets it, audited',
    async (path) => {
      traffic(600);
      await runJob();
      const { status, json } = await scale({ instances: 3, why: 'the sale is over' }, path);
      expect({ status, json }).toMatchObject({
        status: 200,
        json: {
          instances: 3,
          held_until: '2026-11-20T13:00:00.000Z',
          changes: [{ event: 'scaled_down', from: 8, to: 3, cause: 'operator', why: 'the sale is over' }],
        },
      });
      expect(caller.set.audit[0]).toMatchObject({ action: 'scale', subject: 'gateways', before: '{"instances":8}' });
      expect(caller.set.audit[0]?.after).toContain('the sale is over');
      caller.set.now += MINUTE;
      expect(await runJob()).toMatchObject({ instances: 3, changes: 0 });
    },
  );

  test.each([
    [{ instances: 21 }, 'instances'],
    [{ instances: 1 }, 'instances'],
    [{ instances: 2.5 }, 'instances'],
    [{ instances: '4' }, 'instances'],
    [{}, 'instances'],
    [{ instances: 4, hold_minutes: -1 }, 'hold_minutes'],
    [{ instances: 4, hold_minutes: 1_441 }, 'hold_minutes'],
    [{ instances: 4, hold: 5 }, 'hold'],
    [{ instances: 4, why: '' }, 'why'],
    [{ instances: 4, why: 'x'.repeat(501) }, 'why'],
    [{ instances: 4, why: null }, 'why'],
  ])('[SCL-13] [SCL-19] %j is refused by its field, and nothing changes', async (body, field) => {
    const { status, json } = await scale(body);
    expect({ status, field: json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.scaling.state).toBeNull();
    expect(caller.set.audit.filter(({ action }) => action === 'scale')).toEqual([]);
  });
});

test('[SCL-16] a change is scaled_up or scaled_down on the live socket', () => {
  const change = { atMs: START, from: 2, to: 5, cause: 'load' as const, perMinute: 370, why: null };
  expect(liveJson({ type: 'scaled_up', change })).toEqual({
    type: 'scaled_up',
    change: {
      at: '2026-11-20T12:00:00.000Z',
      event: 'scaled_up',
      from: 2,
      to: 5,
      cause: 'load',
      transactions_per_minute: 370,
      why: null,
    },
  });
});

test('[SCL-12] by a wrong setting nothing is decided: the job fails and names it', async () => {
  caller.set.scaling.settings = readScalingSettings({ ...SCALING_SAMPLE, MAX_INSTANCES: '1' });
  await expect(runJob()).rejects.toThrow('MAX_INSTANCES must be at least MIN_INSTANCES');
  expect(caller.set.scaling.state).toBeNull();
  expect((await get('/api/v1/resources/scale-target')).status).toBe(500);
});

test('[SCL-12] the settings that are shipped are good, and are those of the tests', () => {
  const toml = readFileSync('wrangler.toml', 'utf8');
  const shipped = Object.keys(SCALING_SAMPLE).map((name) => [
    name,
    new RegExp(`^${name} = "(.*)"$`, 'm').exec(toml)?.[1],
  ]);
  expect(Object.fromEntries(shipped)).toEqual(SCALING_SAMPLE);
});

describe('what KEDA and an HPA read', () => {
  const blocks = [...readFileSync('docs/scaling.md', 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
  const documents = blocks.flatMap(([, text]) => text!.split(/^---$/m)).map((text) => yamlOf(text));
  const kind = (name: string) => documents.find((document) => document['kind'] === name)!;
  const at = (value: unknown, path: string): unknown =>
    path.split('.').reduce<unknown>((one, part) => (one as Record<string, unknown> | undefined)?.[part], value);
  const url = () => new URL(at(kind('ScaledObject'), 'spec.triggers.0.metadata.url') as string);

  test('[SCL-15] the ScaledObject is as KEDA documents its metrics-api scaler', () => {
    const scaled = kind('ScaledObject');
    expect(at(scaled, 'apiVersion')).toBe('keda.sh/v1alpha1');
    expect(at(scaled, 'spec.triggers')).toEqual([
      {
        type: 'metrics-api',
        metadata: { url: url().href, valueLocation: 'desired_instances', targetValue: '1', authMode: 'bearer' },
        authenticationRef: { name: at(kind('TriggerAuthentication'), 'metadata.name') },
      },
    ]);
    expect(at(kind('TriggerAuthentication'), 'spec.secretTargetRef.0')).toEqual({
      parameter: 'token',
      name: at(kind('Secret'), 'metadata.name'),
      key: Object.keys(at(kind('Secret'), 'stringData') as object)[0],
    });
    const bounds = [at(scaled, 'spec.minReplicaCount'), at(scaled, 'spec.maxReplicaCount')];
    expect(bounds).toEqual([SCALING_SAMPLE.MIN_INSTANCES, SCALING_SAMPLE.MAX_INSTANCES]);
  });

  test('[SCL-15] its url answers a key that may only read with a whole number at its valueLocation', async () => {
    traffic(600);
    await runJob();
    const { status, headers, json } = await caller.call('GET', url().pathname, { key: caller.keys.read });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'application/json' });
    const value = at(json, at(kind('ScaledObject'), 'spec.triggers.0.metadata.valueLocation') as string);
    expect(value).toBe(8);
    // As the HPA reckons with an average value.
    expect(Math.ceil(Number(value) / Number(at(kind('ScaledObject'), 'spec.triggers.0.metadata.targetValue')))).toBe(8);
    traffic(0);
    for (let minute = 0; minute < 8; minute += 1) {
      caller.set.now += MINUTE;
      await runJob();
    }
    expect((await get(url().pathname)).json['desired_instances']).toBe(2);
  });

  test('[SCL-15] where nothing was evaluated, or not for five minutes, it is 503 and no number', async () => {
    const refused = { status: 503, code: 'not_evaluated' };
    const ask = async () => {
      const { status, json } = await get(url().pathname);
      return { status, code: json['code'] };
    };
    expect(await ask()).toEqual(refused);
    await runJob();
    caller.set.now += 300_000;
    expect(await ask()).toMatchObject({ status: 200 });
    caller.set.now += 1;
    expect(await ask()).toEqual(refused);
  });

  test('[SCL-15] the HPA takes the same number as an external metric', async () => {
    const name = 'signalbox_desired_instances';
    expect((await get('/metrics')).text).not.toContain(name);
    traffic(600);
    await runJob();
    expect((await get('/metrics')).text).toContain(`\n${name} 8\n`);
    const hpa = kind('HorizontalPodAutoscaler');
    expect(at(hpa, 'apiVersion')).toBe('autoscaling/v2');
    expect(at(hpa, 'spec.metrics')).toEqual([
      {
        type: 'External',
        external: {
          metric: { name },
          target: { type: 'AverageValue', averageValue: '1' },
        },
      },
    ]);
  });
});

/** As much of YAML as the examples need: maps and lists by indentation, and texts. Throws on anything else. */
function yamlOf(text: string): Record<string, unknown> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  let next = 0;
  const indentOf = (line: string): number => line.length - line.trimStart().length;
  const block = (indent: number): unknown => {
    const list: unknown[] = [];
    const map: Record<string, unknown> = {};
    while (next < lines.length && indentOf(lines[next]!) === indent) {
      const line = lines[next]!.slice(indent);
      if (line.startsWith('- ')) {
        lines[next] = ' '.repeat(indent + 2) + line.slice(2);
        list.push(block(indent + 2));
        continue;
      }
      const [, key, value] = /^([\w-]+):(?: (.+))?$/.exec(line) ?? [];
      if (key === undefined) throw new Error(`not understood: ${line}`);
      next += 1;
      map[key] = value === undefined ? block(indentOf(lines[next] ?? '')) : value.replace(/^(['"])(.*)\1$/, '$2');
    }
    return list.length > 0 ? list : map;
  };
  const document = block(0) as Record<string, unknown>;
  if (next < lines.length) throw new Error(`not understood: ${lines[next]}`);
  return document;
}
