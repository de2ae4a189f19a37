// A stream through the whole Worker, over a real Redis: entries become results of processors, whatever is killed, hangs or cannot be read.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiClient, type ApiClient } from '../../tools/api-client.ts';
import { type LocalSystem, startLocalSystem } from '../../tools/local-system.ts';
import type { Bridge } from '../../tools/upstash-bridge/bridge-server.ts';
import { openRedis } from '../../tools/upstash-bridge/open-redis.ts';
import { needsProgram } from '../harness/debian.ts';
import { atSoak, tellFigures } from '../harness/soak.ts';
import { type Command, paymentFields, tellRedis } from '../harness/stream-producer.ts';

const PAYMENTS = atSoak(5_000, 100_000);
const DEATHS = atSoak(3, 12);
const PIPELINE = 500;
const MINUTE = '* * * * *';
const missing = needsProgram('redis-server', 'redis-server', 'a stream through the whole Worker, over a real Redis');

interface Stream {
  readonly last_step: { readonly end: string } | null;
  readonly last_fault: { readonly reason: string } | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly pending: number | null;
  readonly waiting: number | null;
}

interface Letters {
  readonly dead_letters: readonly { readonly id: string; readonly entry_id: string; readonly reason: string }[];
  readonly count: number;
}

const source = (stream: string, more: object = {}) => ({
  name: 'Payments of APOS',
  adapter: 'redis-stream',
  connectors: { p: 'p' },
  own: { stream, mapping: 'apos' },
  ...more,
});

/** As APOS writes it, of just now: what is older than a day is history. */
function freshPayment(number: number, more: Readonly<Record<string, string>> = {}): string[] {
  const words = paymentFields(number);
  const fields = Object.fromEntries(
    Array.from({ length: words.length / 2 }, (_, at) => [words[2 * at]!, words[2 * at + 1]!]),
  );
  return Object.entries({ ...fields, timestamp: new Date().toISOString(), ...more }).flat();
}

describe.skipIf(missing)('a stream that the Worker reads', { timeout: 60_000 + 3 * PAYMENTS }, () => {
  let bridge: Bridge;
  let system: LocalSystem;
  let api: ApiClient;
  beforeAll(async () => {
    bridge = await openRedis({ preferReal: true });
    system = await startLocalSystem({ redis: bridge });
    api = createApiClient(
      system.url,
      await createApiClient(system.url, system.bootstrapKey).createKey('tests', ['admin']),
    );
    for (const id of ['p', 'q'])
      await api.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
  });
  afterAll(async () => {
    await system?.stop();
    await bridge?.close();
  });

  const put = async (id: string, body: object): Promise<void> => {
    const response = await api.request('PUT', `/api/v1/sources/${id}`, body);
    expect({ status: response.status, text: response.ok ? '' : await response.text() }).toEqual({
      status: 200,
      text: '',
    });
  };
  const stateOf = async (id: string): Promise<Stream> => await api.get<Stream>(`/api/v1/streams/${id}`);
  const until = async (id: string, isReached: (stream: Stream) => boolean): Promise<Stream> => {
    for (;;) {
      const state = await stateOf(id);
      if (isReached(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const isDone = ({ last_step, pending, waiting }: Stream): boolean =>
    last_step?.end === 'drained' && pending === 0 && waiting === 0;
  /** Entries not handed out, by Redis itself: the Worker may be dead. */
  const waitingIn = async (stream: string): Promise<number> => {
    const [groups] = await tellRedis(bridge, [['XINFO', 'GROUPS', stream]]);
    const [words] = groups as (readonly unknown[])[];
    return words === undefined ? Infinity : Number(words[words.indexOf('lag') + 1]);
  };
  const lettersOf = async (id: string): Promise<Letters> =>
    await api.get<Letters>(`/api/v1/streams/${id}/dead-letters`);
  /** Attempts of a processor that are final, once its row has reached the board. */
  const counted = async (processor: string): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const text = await (await api.request('GET', '/metrics')).text();
    const counts = ['approved', 'declined'].map((result) =>
      Number(
        new RegExp(`^signalbox_attempts_total\\{processor="${processor}",result="${result}"\\} (\\d+)`, 'm').exec(
          text,
        )?.[1],
      ),
    );
    return counts[0]! + counts[1]!;
  };

  test(`[STR-15] of ${PAYMENTS} payments none is lost or counted twice while workerd is killed ${DEATHS} times`, async ({
    task,
  }) => {
    const commands: Command[] = [];
    for (let number = 0; number < PAYMENTS; number++) {
      const command = ['XADD', 'payments', '*', ...freshPayment(number)];
      commands.push(command);
      // The producer's own repeats.
      if (number % 20 === 0) commands.push(command);
    }
    for (let at = 0; at < commands.length; at += PIPELINE) await tellRedis(bridge, commands.slice(at, at + PIPELINE));
    await put('payments', source('payments'));
    const startedAt = performance.now();
    for (let death = 1; death <= DEATHS; death++) {
      const left = commands.length * (1 - death / (DEATHS + 1));
      while ((await waitingIn('payments')) > left) await new Promise((resolve) => setTimeout(resolve, 5));
      await system.kill();
      expect(await waitingIn('payments')).toBeGreaterThan(0);
      await system.restart();
      await system.runCron(MINUTE);
    }
    const end = await until('payments', isDone);
    const seconds = (performance.now() - startedAt) / 1_000;
    const recorded = await counted('p');
    expect(recorded).toBe(PAYMENTS);
    expect((await lettersOf('payments')).count).toBe(0);
    expect(end.counts['gone']).toBe(0);
    // Deaths and restarts included.
    const events = commands.length;
    tellFigures(task, { 'payments': recorded, 'deaths': DEATHS, 'events a second': Math.floor(events / seconds) });
  });

  test('[STR-17] [STR-21] an entry handed out more than 5 times is a dead letter, listed, and recorded when it is replayed', async () => {
    await tellRedis(bridge, [['XGROUP', 'CREATE', 'poison', 'signalbox', '0', 'MKSTREAM']]);
    const [entryId] = await tellRedis(bridge, [
      ['XADD', 'poison', '*', ...freshPayment(1, { connector: 'q', payment_id: 'poison_1' })],
    ]);
    // Five readers took it and died.
    await tellRedis(bridge, [
      ['XREADGROUP', 'GROUP', 'signalbox', 'dead', 'STREAMS', 'poison', '>'],
      ['XCLAIM', 'poison', 'signalbox', 'dead', 0, entryId as string, 'RETRYCOUNT', 5, 'JUSTID'],
    ]);
    await put('poison', source('poison', { connectors: { q: 'q' } }));
    const at = performance.now();
    await until('poison', ({ counts }) => counts['dead_letters'] === 1);
    // Handed out a moment ago, it would be stuck in 30 s: the reader's life begins here.
    expect(performance.now() - at).toBeLessThan(20_000);
    const { dead_letters: letters } = await lettersOf('poison');
    expect(letters).toMatchObject([{ entry_id: entryId, reason: 'too_many_deliveries', deliveries: 6 }]);
    const replay = { ids: [letters[0]!.id, '1-1'] };
    expect(await api.post('/api/v1/streams/poison/dead-letters/replay', replay)).toMatchObject({
      outcomes: [{ outcome: 'recorded' }, { id: '1-1', outcome: 'gone' }],
    });
    expect((await lettersOf('poison')).count).toBe(0);
    expect(await counted('q')).toBe(1);
  });

  test('[STR-17] what a mapping did not understand is recorded over HTTP once the mapping is mended', async () => {
    await put('newcomers', source('newcomers'));
    await tellRedis(bridge, [
      ['XADD', 'newcomers', '*', ...freshPayment(2, { connector: 'q2', payment_id: 'new_1' })],
      ['XADD', 'newcomers', '*', ...freshPayment(2, { event_type: 'payment_sighted', payment_id: 'new_2' })],
    ]);
    await until('newcomers', ({ counts }) => counts['dead_letters'] === 2);
    expect((await lettersOf('newcomers')).dead_letters.map(({ reason }) => reason).sort()).toEqual([
      'unknown_connector',
      'unknown_kind',
    ]);
    const replay = async (): Promise<unknown> =>
      (
        await api.post<{ outcomes: { outcome: string }[] }>('/api/v1/streams/newcomers/dead-letters/replay', {})
      ).outcomes
        .map(({ outcome }) => outcome)
        .sort();
    expect(await replay()).toEqual(['refused', 'unreadable']);
    const before = await counted('q');
    await put('newcomers', source('newcomers', { connectors: { p: 'p', q2: 'q' } }));
    expect(await replay()).toEqual(['recorded', 'unreadable']);
    const [rest] = (await lettersOf('newcomers')).dead_letters;
    const gone = await api.request('DELETE', `/api/v1/streams/newcomers/dead-letters/${rest!.id}`);
    expect(gone.status).toBe(204);
    expect((await lettersOf('newcomers')).count).toBe(0);
    expect(await counted('q')).toBe(before + 1);
  });

  test('[STR-18] a stream that is switched off or removed is read no more, and at once when it is switched on', async () => {
    await put('switched', source('switched'));
    await until('switched', isDone);
    await put('switched', source('switched', { enabled: false }));
    await until('switched', ({ last_step }) => last_step === null);
    await tellRedis(bridge, [['XADD', 'switched', '*', ...freshPayment(3, { payment_id: 'switched_1' })]]);
    await system.runCron(MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await stateOf('switched')).toMatchObject({ last_step: null, waiting: 1 });
    await put('switched', source('switched'));
    expect((await until('switched', isDone)).counts).toMatchObject({ recorded: 1 });
    expect((await api.request('DELETE', '/api/v1/sources/switched')).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await tellRedis(bridge, [['XADD', 'switched', '*', ...freshPayment(4, { payment_id: 'switched_2' })]]);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await waitingIn('switched')).toBe(1);
    expect((await api.request('GET', '/api/v1/streams/switched')).status).toBe(404);
  });

  test('[STR-19] a Redis that hangs costs recording by the API nothing, and reading goes on after it', async () => {
    await put('hanging', source('hanging'));
    await until('hanging', isDone);
    const payment = (number: number): object => ({
      processor_id: 'p',
      transaction_id: `api_${number}`,
      result: 'approved',
      payment_method: 'PIX',
      country: 'BR',
      amount_minor: 1_000,
      currency: 'BRL',
    });
    const worst = async (from: number): Promise<number> => {
      const times: number[] = [];
      for (let number = from; number < from + 40; number++) {
        const at = performance.now();
        expect(await api.post('/api/v1/transactions', payment(number))).toMatchObject({ outcome: 'recorded' });
        times.push(performance.now() - at);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return times.sort((one, other) => one - other)[Math.floor(times.length * 0.9)]!;
    };
    const well = await worst(0);
    bridge.misbehave('hang');
    const hung = await worst(1_000);
    const faulty = await until('hanging', ({ last_step }) => last_step?.end === 'fault');
    expect(faulty).toMatchObject({ last_fault: { reason: 'unreachable' }, pending: null });
    bridge.misbehave(null);
    await tellRedis(bridge, [['XADD', 'hanging', '*', ...freshPayment(5, { payment_id: 'hanging_1' })]]);
    expect((await until('hanging', ({ counts }) => counts['recorded'] === 1)).last_step?.end).toBe('drained');
    // Far below what one call to the Redis may take (3 s), on a machine as busy as it may be.
    expect(hung).toBeLessThan(Math.max(500, 5 * well));
  });

  test('[STR-22] more than 100 dead letters within an hour raise one alert of their source', async () => {
    await put('growing', source('growing'));
    const unreadable = ['XADD', 'growing', '*', ...freshPayment(6, { event_type: 'payment_sighted' })];
    await tellRedis(
      bridge,
      Array.from({ length: 101 }, () => unreadable),
    );
    await until('growing', ({ counts }) => counts['dead_letters'] === 101);
    const ofGrowing = async (): Promise<readonly { closed_at: string | null }[]> => {
      const { alerts } = await api.get<{ alerts: { kind: string; subject: string; closed_at: string | null }[] }>(
        '/api/v1/alerts',
      );
      return alerts.filter(({ kind, subject }) => kind === 'dead_letters' && subject === 'growing');
    };
    while ((await ofGrowing()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    await put('growing', source('growing', { enabled: false }));
    while ((await ofGrowing())[0]!.closed_at === null) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await ofGrowing()).toHaveLength(1);
  });
});
