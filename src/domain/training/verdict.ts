// Whether a model takes the place of what holds now, and why not.
import type { FittedModel } from './fit-model.ts';
import type { ModelFindings } from './model-record.ts';
import { refusalSentence } from '../evaluation/off-policy.ts';

export interface Verdict {
  readonly isBetter: boolean;
  /** In a sentence. */
  readonly reason: string;
}

/** After a person took a model back, none is promoted by the clock for so long. */
export const HELD_OFF_MS = 7 * 24 * 3_600_000;

type Judged = Pick<ModelFindings, 'value' | 'quality' | 'changes' | 'contexts'>;

export function verdictOn(
  { attempts, approved }: Pick<FittedModel, 'attempts' | 'approved'>,
  { value, quality, changes, contexts }: Judged,
): Verdict {
  if (approved === 0 || approved === attempts)
    return refused('Every attempt that it was trained on ended alike: there is nothing to tell apart.');
  if (changes.length + contexts.length === 0)
    return refused('It has nothing to tell of any processor that is registered.');
  if (!value.ok) return refused(refusalSentence(value.refusal));
  const { lift } = value;
  const told = `Its approvals less the present ones, on the same later payments: ${points(lift.value)} percentage points, 95% interval ${points(lift.low)} to ${points(lift.high)}`;
  if (!(lift.low > 0)) return refused(`${told}; that does not lie above 0.`);
  if (quality.published !== null && quality.present !== null && quality.published.logLoss > quality.present.logLoss)
    return refused(`${told}; but it foretells later attempts worse than what holds now.`);
  return { isBetter: true, reason: `${told}.` };
}

const refused = (reason: string): Verdict => ({ isBetter: false, reason });

const DIGITS_MAX = 20;

/** At least two significant digits, so that what lies above 0 does not read as 0. */
function points(part: number): string {
  const value = 100 * part;
  if (value === 0) return '0';
  return value.toFixed(Math.min(DIGITS_MAX, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(value))))));
}
