// Takes one trial further: counts the decisions that were made since it was last counted, and judges it.
import type { HistoryFault } from '../ports/history-port.ts';
import type { Optimization, OptimizationStanding } from '../domain/tuning/optimization.ts';
import { TUNER, withTallies } from '../domain/tuning/optimization.ts';
import { judgeTrial } from '../domain/tuning/judge-trial.ts';
import { SLOT_MS } from '../domain/tuning/trial-arm.ts';
import type { TunedPastPort } from '../ports/tuning-port.ts';

/** Results that come later than this after their decision are not counted, of neither share. */
export const RESULT_WAIT_MS = 1_800_000;
const STRETCH_MS = 3_600_000;
const STRETCHES_MAX = 12;
/** What cannot be measured for so long is not left to run. */
const UNMEASURED_MS = 6 * 3_600_000;

type Trying = Extract<OptimizationStanding, { readonly state: 'trying' }>;

export interface TrialRound {
  readonly past: TunedPastPort;
  readonly now: number;
  /** What timeouts cost those held out, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export async function advanceTrial(
  trial: Optimization,
  before: Trying,
  round: TrialRound,
): Promise<OptimizationStanding> {
  const { standing, fault } = await counted(trial, before, round);
  const { verdict, why, measured } = judgeTrial({ ...trial, ...standing });
  const ended = { endedAtMs: round.now, by: TUNER, measured };
  if (verdict !== 'go_on') return { state: verdict, why, ...ended };
  if (fault !== null && round.now - standing.countedToMs > UNMEASURED_MS + RESULT_WAIT_MS)
    return { state: 'reverted', why: 'History could not be asked for six hours: it cannot be measured', ...ended };
  return standing;
}

async function counted(
  trial: Optimization,
  before: Trying,
  { past, now, timeoutMs, signal }: TrialRound,
): Promise<{ readonly standing: Trying; readonly fault: HistoryFault | null }> {
  const end = Math.floor((now - RESULT_WAIT_MS) / SLOT_MS) * SLOT_MS;
  const { setting, salt, processorId, epoch, to } = trial;
  const tried = setting === 'timeout_ms' ? to : timeoutMs;
  let standing = before;
  for (let step = 0; step < STRETCHES_MAX && standing.countedToMs < end && !signal.aborted; step += 1) {
    const [fromMs, toMs] = [standing.countedToMs, Math.min(end, standing.countedToMs + STRETCH_MS)];
    const stretch = { setting, salt, processorId, epoch, fromMs, toMs, timeoutsMs: [tried, timeoutMs] } as const;
    const reply = await past.tally(stretch);
    if (!reply.ok) return { standing, fault: reply.fault };
    standing = { ...standing, countedToMs: toMs, ...withTallies(standing, reply.value) };
  }
  return { standing, fault: null };
}

/** Ended for what was not measured. */
export function stoppedTrial(trial: Optimization, before: Trying, why: string, now: number): OptimizationStanding {
  const { measured } = judgeTrial({ ...trial, ...before });
  return { state: 'reverted', why, endedAtMs: now, by: TUNER, measured };
}
