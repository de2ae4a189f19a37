// `node bench/object-cpu.ts [--write]`: the processor time of what an object and an isolate compute, measured from outside, for a Worker's own clock stands
// still while it computes. With `--write` the figures go where the code reads them: src/domain/scaling/cpu-figures.ts.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';
import { addressOf, PIX_BR, resultOf } from '../test/harness/results.ts';
import { asProcessorId } from '../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../src/domain/processor-config.ts';
import { callsForOneRow, freshOf, type Waiting } from '../durable-objects/commit-batch.ts';
import { compileTable } from '../src/domain/routing/compile-table.ts';
import { cpuFiguresText } from './cpu-figures-text.ts';
import { decide } from '../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION } from '../src/domain/configuration/configuration.ts';
import { median } from './result.ts';
import { ProcessorState } from '../src/domain/health/processor-state.ts';
import type { RouteRequest } from '../src/domain/routing/route-request.ts';
import { seeded } from '../test/harness/seeded.ts';
import { sourceHash } from '../lab/runner/source-hash.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

const ROOT = new URL('..', import.meta.url);
const TARGET = fileURLToPath(new URL('src/domain/scaling/cpu-figures.ts', ROOT));
const START = Date.UTC(2026, 10, 21);
const ROUNDS = 9;
/** As the object has it (processor-journal.ts). */
const COMMITS_PER_CHECKPOINT = 256;
const RESULTS_PER_CHECKPOINT = 50_000;

/** Microseconds of this process's processor time, garbage collection among them. */
function cpuUsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const draw = seeded(7);

function callOf(id: string, size: number, at: number, state: ProcessorState): Waiting {
  const results = Array.from({ length: size }, (_, index) => {
    const luck = draw();
    const result = luck < 0.02 ? 'error' : luck < 0.2 ? 'declined' : 'approved';
    return resultOf(id, { eventTimeMs: at - 200 + index, result, segment: PIX_BR });
  });
  return { state, text: JSON.stringify(results), results, told: [], answer: () => undefined };
}

/** One commit as the object makes it, without its disk: the call's text, the journal's, the fold, the answer's row and the board's. */
function commit(state: ProcessorState, waiting: Waiting, at: number): number {
  const text = JSON.stringify(waiting.results);
  const batch = callsForOneRow([{ ...waiting, text }]);
  const fresh = freshOf(at, batch, waiting.results, new Map());
  if (fresh === null) throw new Error('nothing to commit');
  state.apply(fresh.command);
  const touched = new Set(waiting.results.map(({ segment }) => segment));
  return (
    fresh.text.length + JSON.stringify(state.row(at, touched)).length + JSON.stringify(state.publishRow(at)).length
  );
}

/** Of one commit of so many results, checkpoints in their proportion. */
function commitUs(size: number, commits: number): number {
  const state = ProcessorState.create(addressOf('bench'), '0123456789abcdef');
  const waiting = Array.from({ length: commits }, (_, index) => callOf('bench', size, START + index * 20, state));
  const every = Math.min(COMMITS_PER_CHECKPOINT, Math.ceil(RESULTS_PER_CHECKPOINT / size));
  const us = cpuUsOf(() => {
    for (const [index, one] of waiting.entries()) {
      commit(state, one, START + index * 20);
      if (index % every === every - 1) state.checkpoint();
    }
  });
  return us / commits;
}

/** Asked of a breaker under trial that has permits to give. */
function permitUs(asked: number): number {
  const address = addressOf('bench', { openTimeout: 100, openTimeoutMax: 100, halfOpenMaxAttempts: 1_000 });
  const state = ProcessorState.create(address, '0123456789abcdef');
  const fails = Array.from({ length: 20 }, () => resultOf('bench', { eventTimeMs: START, result: 'error' }));
  state.apply({ kind: 'results', at: START, results: fails });
  const at = START + 10_000;
  let granted = 0;
  const us = cpuUsOf(() => {
    for (let index = 0; index < asked; index += 1) {
      const nonce = index.toString(16).padStart(16, '0');
      if (!state.wouldGrant(PIX_BR, nonce, at)) continue;
      const command = { kind: 'permit', at, scope: PIX_BR, nonce } as const;
      if (JSON.stringify(command).length > 0 && state.apply(command).granted) granted += 1;
    }
  });
  if (granted < asked / 2) throw new Error(`only ${granted} of ${asked} permits were granted`);
  return us / asked;
}

/** Five processors of one segment, each with a learned belief, under the default strategy. */
function decisionUs(decisions: number): number {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const rows = ids.map((id): StatusRow => {
    const state = ProcessorState.create(addressOf(id), '0123456789abcdef');
    for (let at = 0; at < 20; at += 1)
      state.apply({ kind: 'results', at: START + at, results: callOf(id, 20, START + at, state).results });
    return state.publishRow(START + 20);
  });
  const processors = ids.map(
    (id): RegisteredProcessor => ({
      ...{
        id: asProcessorId(id),
        name: id,
        enabled: true,
        paymentMethods: ['PIX'],
        countries: ['BR'],
        currencies: null,
      },
      ...{ amountLimits: [], credentialKinds: null, feeFixedMinor: 0, feeBps: 0, maxTps: null, maxShare: null },
      ...{ minShare: null, priority: 0, weight: 1, breaker: BREAKER_DEFAULTS, epoch: 1, revision: 1 },
    }),
  );
  const table = compileTable({
    configuration: { ...EMPTY_CONFIGURATION, version: 1, processors },
    rows: new Map(rows.map((row) => [row.processorId, row])),
    silences: [],
    segmentRates: new Map(),
    asOfMs: START + 20,
  });
  const request: RouteRequest = {
    ...{ paymentMethod: 'PIX', country: 'BR', amountMinor: 10_000, currency: 'BRL', bin: null, network: null },
    ...{ threeDs: null, customerRef: null, paymentId: null, credentialKind: null, metadata: {} },
    ...{ eligibleProcessors: null, strategy: null, actualProcessor: null },
  };
  let chosen = 0;
  const us = cpuUsOf(() => {
    for (let index = 0; index < decisions; index += 1) {
      const seed = BigInt.asUintN(64, BigInt(index + 1) * 0x9e3779b97f4a7c15n);
      const moment = { now: START + 1_000, seed, tableAgeMs: 500, permits: new Map(), explainAll: false } as const;
      if (decide(table, request, moment).chosen !== null) chosen += 1;
    }
  });
  if (chosen !== decisions) throw new Error('somebody was not chosen');
  return us / decisions;
}

const tenths = (us: number): number => Math.round(us * 10) / 10;

// In turns, for other programs come and go; the first turn warms up and is not counted.
const [lone, full, permits, decisions]: number[][] = [[], [], [], []];
for (let round = 0; round <= ROUNDS; round += 1) {
  const turn = [commitUs(1, 2_000), commitUs(100, 200), permitUs(900), decisionUs(5_000)];
  if (round > 0) [lone, full, permits, decisions].forEach((list, index) => list!.push(turn[index]!));
}
const resultUs = (median(full!) - median(lone!)) / 99;
const figures = {
  resultUs: tenths(resultUs),
  commitUs: tenths(median(lone!) - resultUs),
  permitUs: tenths(median(permits!)),
  decisionUs: tenths(median(decisions!)),
  measured: {
    on: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    runtime: `Node ${process.versions.node}`,
    core: sourceHash(fileURLToPath(new URL('src/domain/health/processor-state.ts', ROOT))),
  },
};
const spread = (values: readonly number[]): string => `${tenths(Math.min(...values))}-${tenths(Math.max(...values))}`;
console.log(
  `a commit of 1: ${tenths(median(lone!))} µs (${spread(lone!)}), of 100: ${tenths(median(full!))} (${spread(full!)})`,
);
console.log(
  `a permit: ${tenths(median(permits!))} µs (${spread(permits!)}), a decision: ${tenths(median(decisions!))} (${spread(decisions!)})`,
);
console.log(cpuFiguresText(figures));
if (process.argv.includes('--write')) writeFileSync(TARGET, cpuFiguresText(figures));
