// Payments that are routed by the core as it runs (objects, rows, table, draw), with and without what a model found of amounts.
import { describe, expect, test } from 'vitest';
import { asProcessorId, asTransactionId } from '../../../src/domain/identity.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { CARD_BR, NOW, processor, REQUEST, seedOf, tableData } from '../routing/made-table.ts';
import { compileTable } from '../../../src/domain/routing/compile-table.ts';
import type { ContextEffects } from '../../../src/domain/learning/context-effects.ts';
import { crossingTruth, rateAt, served, simulatedCells } from './simulated-history.ts';
import { decide } from '../../../src/domain/routing/decide.ts';
import { fitModel } from '../../../src/domain/training/fit-model.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { seeded } from '../../harness/seeded.ts';
import { trainedContexts } from '../../../src/domain/training/trained-contexts.ts';
import { trainedPriors } from '../../../src/domain/training/segment-priors.ts';

const IDS = ['alpha', 'beta'] as const;
const PAYMENTS = 2_400;
const BATCH = 24;

function routed(contexts: ReadonlyMap<string, ContextEffects>) {
  const withContext = (id: string) => {
    const context = contexts.get(id);
    return context === undefined ? {} : { context };
  };
  const states = IDS.map((id) =>
    ProcessorState.create(
      { id: asProcessorId(id), epoch: 1, revision: 1, breaker: BREAKER_DEFAULTS, ...withContext(id) },
      '0123456789abcdef',
    ),
  );
  const processors = IDS.map((id) => processor(id, withContext(id)));
  const draw = seeded(17);
  const toAlpha = { 3: 0, 5: 0 };
  let approvals = 0;
  for (let from = 0; from < PAYMENTS; from += BATCH) {
    const at = NOW + from * 100;
    const table = compileTable(
      tableData(
        processors,
        states.map((state) => state.publishRow(at)),
        { data: { asOfMs: at } },
      ),
    );
    for (let serial = from; serial < from + BATCH; serial += 1) {
      const band = ([3, 4, 5] as const)[Math.floor(draw() * 3)]!;
      const amountMinor = 5 * 10 ** (band - 1);
      const moment = { now: at, seed: seedOf(serial), tableAgeMs: 0, permits: new Map(), explainAll: false } as const;
      const decision = decide(table, { ...REQUEST, amountMinor }, moment);
      const id = decision.chosen!;
      const truth = { processorId: id, paymentMethod: 'CARD', country: 'BR', currency: 'BRL', hourBand: 4 };
      const isApproved = draw() < rateAt(crossingTruth({ ...truth, amountBand: band }));
      approvals += Number(isApproved);
      if (serial > PAYMENTS / 2 && id === 'alpha' && band !== 4) toAlpha[band] += 1;
      const nonce = serial.toString(16).padStart(16, '0');
      states[IDS.indexOf(id as (typeof IDS)[number])]!.apply({
        kind: 'results',
        at: at + 50,
        results: [
          {
            processorId: id,
            transactionId: asTransactionId(`txn_${serial}`),
            result: isApproved ? 'approved' : 'declined',
            fault: isApproved ? 'none' : 'issuer',
            segment: CARD_BR,
            declineCode: null,
            amountMinor,
            currency: 'BRL',
            eventTimeMs: at,
            hasOwnEventTime: true,
            latencyMs: 50,
            feeMinor: null,
            attempt: 1,
            decision: {
              nonce,
              decidedAtMs: at,
              propensity: decision.propensity,
              arm: 0,
              offRecommendation: false,
              permit: false,
            },
          },
        ],
      });
    }
  }
  const means = states.map((state) => state.publishRow(NOW + PAYMENTS * 100).segments[0]!.belief.mean);
  return { rate: approvals / PAYMENTS, toAlpha, means };
}

describe('routing by what a model found of amounts', () => {
  test('[TRN-18] whoever is better for an amount gets it, more is approved, and nobody’s segment is thought the better of for it', () => {
    const cells = simulatedCells(crossingTruth, 40, 1);
    const model = fitModel(cells)!;
    const contexts = trainedContexts(model, cells, trainedPriors(model, cells, served));
    const told = routed(new Map(contexts.map(({ processorId, context }) => [processorId as string, context])));
    const untold = routed(new Map());
    const small = told.toAlpha[3] / (PAYMENTS / 6);
    const large = told.toAlpha[5] / (PAYMENTS / 6);
    expect(small).toBeGreaterThan(0.85);
    expect(large).toBeLessThan(0.15);
    // The best of both for each amount approves .82, either alone .71.
    expect(untold.rate).toBeLessThan(0.74);
    expect(told.rate).toBeGreaterThan(untold.rate + 0.05);
    const usual = [0.1, 1, 1.9].reduce((sum, logOdds) => sum + rateAt(logOdds), 0) / 3;
    for (const mean of told.means) expect(Math.abs(mean - usual)).toBeLessThan(0.06);
  });
});
