// A Signalbox on bare workerd that is asked for far more than it can do: who is answered, what the others hear, and that it is over when the load is.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OWNER, signalboxWorkers, startBareWorkerd, type BareWorkerd, UNDIVIDED } from '../../bench/bare-workerd.ts';
import { createApiClient } from '../../tools/api-client.ts';
import { drawSecrets } from '../../tools/secrets.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';
import { runFlows, type Flow, type FlowFigures } from '../../bench/load/flows.ts';
import { SERIAL_MARK } from '../../bench/load/load.ts';

const FLOOD_MS = 3_000;
const AFTER_MS = 5_000;
const PER_SECOND = 20;
const CONNECTIONS = 300;

let workerd: BareWorkerd;
let greedyKey: string;
let gentleKey: string;

leaveOnSignal();
beforeAll(async () => {
  const secrets = drawSecrets();
  workerd = await startBareWorkerd(await signalboxWorkers(secrets, 1, UNDIVIDED));
  const url = workerd.urls[OWNER]!;
  const admin = createApiClient(url, await createApiClient(url, secrets.bootstrapKey).createKey('tests', ['admin']));
  for (const id of ['a', 'b', 'c'])
    await admin.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
  greedyKey = await admin.createKey('greedy', ['route', 'ingest']);
  gentleKey = await admin.createKey('gentle', ['route']);
}, 60_000);
afterAll(async () => await workerd.stop());

const PAYMENT = { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };

const flow = (name: string, key: string, more: Pick<Flow, 'path' | 'bodies' | 'connections' | 'perSecond'>): Flow => ({
  name,
  url: workerd.urls[OWNER]!,
  headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' },
  retriesAtOnce: true,
  ...more,
});

/** 20 calls a second, from before the flood until after it. */
const gentle = (): Flow => ({
  ...flow('gentle', gentleKey, {
    path: '/api/v1/routing/recommend',
    bodies: [JSON.stringify(PAYMENT)],
    connections: 60,
    perSecond: PER_SECOND,
  }),
  retriesAtOnce: false,
});

const answeredBetween = ({ answers }: FlowFigures, fromMs: number, untilMs: number): number =>
  answers.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs).length;

/** Every answer was one or a refusal that says when to come again. */
const wrongOf = (figures: Readonly<Record<string, FlowFigures>>): unknown[] =>
  Object.values(figures).map(({ wrong, broken }) => ({ wrong, broken }));
const NONE = { wrong: {}, broken: 0 };

test(
  '[ENT-7] [ENT-8] beside a client that asks again at once another is answered, nobody hears anything but an answer or when to come again, and with the load it is over',
  { timeout: 60_000, retry: 1 },
  async () => {
    const flood = flow('flood', greedyKey, {
      path: '/api/v1/routing/recommend',
      bodies: [JSON.stringify(PAYMENT)],
      connections: CONNECTIONS,
      perSecond: null,
    });
    const flows = [{ ...flood, fromMs: 500, untilMs: 500 + FLOOD_MS }, gentle()];
    const figures = await runFlows({ flows, durationMs: 500 + FLOOD_MS + AFTER_MS, run: 1 });
    expect(wrongOf(figures)).toEqual([NONE, NONE]);
    const [greedy, other] = [figures['flood']!, figures['gentle']!];
    expect(greedy.turnedAway).toBeGreaterThan(CONNECTIONS);
    expect(greedy.answered).toBeGreaterThan(0);
    // A bounded queue: whoever is turned away hears so within the time a refusal is kept back, and what the machine adds.
    expect(Math.max(...greedy.refusals.map(({ tookMs }) => tookMs))).toBeLessThan(15_000);
    const due = (PER_SECOND * FLOOD_MS) / 1_000;
    expect(answeredBetween(other, 500, 500 + FLOOD_MS + 1_000)).toBeGreaterThanOrEqual(0.8 * due);
    const overAt = 500 + FLOOD_MS + 2_500;
    expect(other.refusals.filter(({ atMs }) => atMs > overAt)).toEqual([]);
    expect(answeredBetween(other, overAt, overAt + 2_000)).toBeGreaterThanOrEqual(0.8 * 2 * PER_SECOND);
  },
);

test(
  '[ENT-5] while more results come than can be recorded recommendations are answered',
  { timeout: 60_000, retry: 1 },
  async () => {
    const result = { ...PAYMENT, processor_id: 'a', result: 'approved', transaction_id: SERIAL_MARK };
    const flood = flow('flood', greedyKey, {
      path: '/api/v1/transactions',
      bodies: ['a', 'b', 'c'].map((id) => JSON.stringify({ ...result, processor_id: id })),
      connections: 2 * CONNECTIONS,
      perSecond: null,
    });
    const flows = [{ ...flood, untilMs: FLOOD_MS }, gentle()];
    const figures = await runFlows({ flows, durationMs: FLOOD_MS + 1_000, run: 2 });
    expect(wrongOf(figures)).toEqual([NONE, NONE]);
    const [results, recommendations] = [figures['flood']!, figures['gentle']!];
    expect(results.answered).toBeGreaterThan(0);
    const shareOf = ({ answered, turnedAway }: FlowFigures): number => answered / (answered + turnedAway);
    expect(shareOf(recommendations)).toBeGreaterThan(0.95);
    expect(recommendations.answered).toBeGreaterThanOrEqual((0.8 * PER_SECOND * (FLOOD_MS + 1_000)) / 1_000);
    expect(shareOf(recommendations)).toBeGreaterThanOrEqual(shareOf(results));
  },
);
