// How the rows of history stand in the columns of its tables.
import { segmentParts } from '../domain/segment.ts';
import { stageOf } from '../domain/results/ledger.ts';
import type { attempts, breakerChanges } from './schema.ts';
import type { AttemptRow, BreakerChangeRow } from '../domain/history/history-rows.ts';

export function attemptColumns({ recordedAtMs, epoch, result }: AttemptRow): typeof attempts.$inferInsert {
  const { decision, details = {} } = result;
  return {
    recordedAt: new Date(recordedAtMs),
    processorId: result.processorId,
    epoch,
    transactionId: result.transactionId,
    stage: stageOf(result.result),
    result: result.result,
    fault: result.fault,
    ...segmentParts(result.segment),
    declineCode: result.declineCode,
    amountMinor: result.amountMinor,
    currency: result.currency,
    eventAt: new Date(result.eventTimeMs),
    hasOwnEventTime: result.hasOwnEventTime,
    latencyMs: result.latencyMs,
    feeMinor: result.feeMinor,
    attempt: result.attempt,
    teachesApproval: result.teachesApproval ?? true,
    decisionNonce: decision?.nonce ?? null,
    decidedAt: decision === null ? null : new Date(decision.decidedAtMs),
    propensity: decision?.propensity ?? null,
    arm: decision?.arm ?? null,
    isOffRecommendation: decision?.offRecommendation ?? null,
    hadPermit: decision?.permit ?? null,
    paymentId: details.paymentId ?? null,
    bin: details.bin ?? null,
    issuerCountry: details.issuerCountry ?? null,
    initiator: details.initiator ?? null,
    threeDs: details.threeDs ?? null,
    network: details.network ?? null,
    credentialHash: details.credentialHash ?? null,
    customerHash: details.customerHash ?? null,
    declineClass: details.declineClass ?? null,
  };
}

export function breakerChangeColumns({
  processorId,
  epoch,
  change,
}: BreakerChangeRow): typeof breakerChanges.$inferInsert {
  return {
    changedAt: new Date(change.atMs),
    processorId,
    epoch,
    scope: change.scope,
    fromState: change.from,
    toState: change.to,
    reason: change.reason,
  };
}
