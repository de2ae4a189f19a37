// Which of the changes that the evidence speaks for is tried next: one, not what has lately failed, and each setting in its turn.
import { attemptsMissing, type ProcessorEvidence } from './processor-evidence.ts';
import { EMPTY_TALLY, type Optimization } from './optimization.ts';
import { type Proposal, proposeChanges } from './propose-change.ts';
import { SLOT_MS } from './trial-arm.ts';
import type { Tunable, TunedValues } from './tuned-settings.ts';

/** What was reverted is not tried again before, and what was advised not said again. */
export const REST_MS = 7 * 86_400_000;
/** Until every isolate has heard of a trial, which they ask for every half minute. */
const HEARD_MS = 60_000;

/** What a look at a processor has brought. */
export interface ProcessorLook {
  readonly processorId: string;
  readonly atMs: number;
  readonly attempts: number;
  /** So many more must be measured before anything is proposed. */
  readonly missing: number;
}

export const lookAt = (processorId: string, evidence: ProcessorEvidence, atMs: number): ProcessorLook => ({
  processorId,
  atMs,
  attempts: evidence.attempts,
  missing: attemptsMissing(evidence),
});

interface Standpoint {
  readonly processor: Tunable;
  readonly values: TunedValues;
  /** Of this life of the processor, newest first. */
  readonly past: readonly Optimization[];
  readonly now: number;
  readonly isConservative: boolean;
  /** 64 random bits. */
  readonly nonce: bigint;
}

/** `null`: nothing is worth it. */
export function nextOptimization(evidence: ProcessorEvidence, standpoint: Standpoint): Optimization | null {
  const { processor, values, past, now, isConservative, nonce } = standpoint;
  const proposals = proposeChanges(evidence, values, processor).filter((proposal) => !isResting(proposal, standpoint));
  const lastTried = ({ setting }: Proposal): number =>
    past.find((one) => one.setting === setting)?.startedAtMs ?? -Infinity;
  const [proposal] = proposals.toSorted((a, b) =>
    lastTried(a) < lastTried(b) ? -1 : lastTried(a) > lastTried(b) ? 1 : 0,
  );
  if (proposal === undefined) return null;
  return {
    ...proposal,
    id: `opt_${nonce.toString(16).padStart(16, '0')}`,
    processorId: processor.id,
    epoch: processor.epoch,
    salt: Number(nonce & 0xffff_ffffn),
    startedAtMs: now,
    standing: isConservative
      ? { state: 'advised' }
      : { state: 'trying', countedToMs: firstSlotOf(now), trial: EMPTY_TALLY, heldOut: EMPTY_TALLY },
  };
}

const firstSlotOf = (now: number): number => Math.ceil((now + HEARD_MS) / SLOT_MS) * SLOT_MS;

function isResting(proposal: Proposal, { past, now, isConservative }: Standpoint): boolean {
  return past.some((one) => {
    if (one.setting !== proposal.setting || isMore(one) !== isMore(proposal)) return false;
    const { standing } = one;
    if (standing.state === 'reverted') return Math.abs(now - standing.endedAtMs) < REST_MS;
    return isConservative && standing.state === 'advised' && Math.abs(now - one.startedAtMs) < REST_MS;
  });
}

const isMore = ({ from, to }: Pick<Proposal, 'from' | 'to'>): boolean => to > (from ?? Infinity);
