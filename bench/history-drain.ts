// `npm run bench -- history-drain [attempts]`: how many rows a second processors' objects on workerd send to a real PostgreSQL after it was away, beside
// the same store called from Node with nothing to read, parse and cross off: a ratio, for the machine's own speed is in both.
import { createApiClient } from '../tools/api-client.ts';
import { createNeonHistory } from '../src/db/neon-history.ts';
import { DRAIN_LIMITS } from '../src/flows/drain-history.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { migrate, readMigrations } from '../tools/postgres/migrations.ts';
import { neon } from '../src/db/neon-endpoint.ts';
import { type LocalPostgres, openPostgres } from '../tools/postgres/open-postgres.ts';
import { resultOf } from '../test/harness/results.ts';
import { type LocalSystem, startLocalSystem } from '../tools/local-system.ts';
import type { AttemptRow } from '../src/domain/history/history-rows.ts';
import type { DecisionRow } from '../src/domain/history/kept-rows.ts';

/** What the objects must sustain on two cores. */
const FLOOR_PER_SECOND = 10_000;
const ATTEMPTS = Number(process.argv[2] ?? 100_000);
const PROCESSORS = ['p', 'q'];
const PER_REQUEST = 500;
const CANDIDATES = 20;
const CALLERS = 4;
const POLL_MS = 50;

async function bare(postgres: LocalPostgres): Promise<number> {
  const history = createNeonHistory({ databaseUrl: postgres.databaseUrl, timeoutMs: 5_000 });
  const atMs = Date.parse('2020-01-01T12:00:00Z');
  const batches = Array.from({ length: Math.ceil(ATTEMPTS / DRAIN_LIMITS.attemptsMax) }, (_, batch): AttemptRow[] =>
    Array.from({ length: DRAIN_LIMITS.attemptsMax }, () => ({
      recordedAtMs: atMs + batch,
      epoch: 1,
      result: resultOf('bare', { eventTimeMs: atMs }),
    })),
  );
  const startedMs = performance.now();
  for (const batch of batches) {
    const reply = await history.writeAttempts(batch);
    if (!reply.ok) throw new Error(reply.fault.reason);
  }
  return (batches.length * DRAIN_LIMITS.attemptsMax * 1_000) / (performance.now() - startedMs);
}

/** As many decisions, each of twenty processors that could have been drawn. */
async function bareDecisions(postgres: LocalPostgres): Promise<number> {
  const history = createNeonHistory({ databaseUrl: postgres.databaseUrl, timeoutMs: 5_000 });
  const probabilities = Object.fromEntries(Array.from({ length: CANDIDATES }, (_, n) => [`processor_${n}`, 0.05]));
  const of: Omit<DecisionRow, 'nonce'> = {
    ...{ decidedAtMs: Date.parse('2020-01-01T12:00:00Z'), tableVersion: 1, paymentMethod: 'PIX', country: 'BR' },
    ...{ amountMinor: 15_000, currency: 'BRL', processorId: 'processor_0', propensity: 0.05, isDeterministic: false },
    ...{ actualProcessorId: null, arm: 0, experimentId: null, strategy: 'learned', source: 'live', tableAgeMs: 500 },
    ...{ sampleRate: 0.1, probabilities },
  };
  const startedMs = performance.now();
  for (let kept = 0; kept < ATTEMPTS; kept += DRAIN_LIMITS.attemptsMax) {
    const rows = Array.from({ length: DRAIN_LIMITS.attemptsMax }, (_, n): DecisionRow => {
      const nonce = (kept + n).toString(16).padStart(16, '0');
      return { ...of, nonce };
    });
    const reply = await history.keep('decisions', rows);
    if (!reply.ok) throw new Error(reply.fault.reason);
  }
  return (ATTEMPTS * 1_000) / (performance.now() - startedMs);
}

/** Recorded while PostgreSQL is away: all of it waits in the objects. */
async function record(system: LocalSystem): Promise<void> {
  const bootstrap = createApiClient(system.url, system.bootstrapKey);
  const api = createApiClient(system.url, await bootstrap.createKey('bench', ['admin']));
  for (const id of PROCESSORS)
    await api.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < ATTEMPTS) {
      const first = begun;
      begun += PER_REQUEST;
      const transactions = Array.from({ length: PER_REQUEST }, (_, index) => ({
        transaction_id: `bench_${first + index}`,
        processor_id: PROCESSORS[index % PROCESSORS.length],
        result: index % 5 === 0 ? 'declined' : 'approved',
        payment_method: 'PIX',
        country: 'BR',
        amount: 150,
        currency: 'BRL',
        latency_ms: 312,
      }));
      const response = await api.request('POST', '/api/v1/transactions', { transactions });
      if (!response.ok) throw new Error(`recording ended with ${response.status}`);
      await response.body?.cancel();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** From the first row that arrives to the last. */
async function drained(postgres: LocalPostgres): Promise<number> {
  const sql = neon(postgres.databaseUrl);
  const count = async (): Promise<number> =>
    Number((await sql.query(`SELECT count(*) FROM attempts WHERE processor_id <> 'bare'`))[0]?.['count']);
  let [first, startedMs] = [0, 0];
  for (;;) {
    const there = await count();
    if (first === 0 && there > 0) [first, startedMs] = [there, performance.now()];
    if (there >= ATTEMPTS) return ((there - first) * 1_000) / (performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

endOnInterrupt();
const postgres = await openPostgres();
await migrate(postgres.databaseUrl, readMigrations());
const system = await startLocalSystem({ postgres, onLog: () => undefined });
try {
  await bare(postgres);
  const bareRate = await bare(postgres);
  const decisionRate = await bareDecisions(postgres);
  postgres.proxy.misbehave('server_error');
  const startedMs = performance.now();
  await record(system);
  const recordRate = (ATTEMPTS * 1_000) / (performance.now() - startedMs);
  console.log(`recorded           ${Math.round(recordRate)} attempts/s while PostgreSQL was away; it comes back now`);
  postgres.proxy.misbehave(null);
  const rate = await drained(postgres);
  console.log(`attempts           ${ATTEMPTS} in ${PROCESSORS.length} objects`);
  console.log(`store alone        ${Math.round(bareRate)} rows/s`);
  console.log(`decisions alone    ${Math.round(decisionRate)} rows/s, ${(decisionRate / bareRate).toFixed(2)} of that`);
  console.log(`drained            ${Math.round(rate)} rows/s`);
  console.log(`ratio to the store ${(rate / bareRate).toFixed(2)}`);
  console.log(`ratio to the floor ${(rate / FLOOR_PER_SECOND).toFixed(1)} (floor ${FLOOR_PER_SECOND}/s)`);
  process.exitCode = rate >= FLOOR_PER_SECOND ? 0 : 1;
} finally {
  await system.stop();
  await postgres.close();
}
