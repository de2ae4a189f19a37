// A change of a setting as history keeps it: its last word, whatever it went through.
import { BOUNDS } from './tuned-settings.ts';
import { judgeTrial } from './judge-trial.ts';
import type { Measured, Optimization } from './optimization.ts';
import type { TuningRow } from '../history/kept-rows.ts';

/** `null`: nothing was tried. */
export function measuredNow(optimization: Optimization): Measured | null {
  const { standing } = optimization;
  if (standing.state === 'advised') return null;
  return standing.state === 'trying' ? judgeTrial({ ...optimization, ...standing }).measured : standing.measured;
}

export function tuningRow(optimization: Optimization): TuningRow {
  const { id, processorId, setting, from, to, reason, evidence, startedAtMs, standing } = optimization;
  const ended = 'endedAtMs' in standing ? standing : null;
  return {
    id,
    processorId,
    setting,
    // Without a limit there is as good as the highest one.
    valueBefore: from ?? BOUNDS[setting].max,
    valueAfter: to,
    state: standing.state,
    reason: ended?.why ?? reason,
    evidence: { ...evidence, measured: measuredNow(optimization), ...(ended !== null && { by: ended.by }) },
    startedAtMs,
    endedAtMs: ended?.endedAtMs ?? null,
  };
}
