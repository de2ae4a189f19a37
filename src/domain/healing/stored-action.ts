// An act of healing as text, with a format number like everything that is kept.
import type { HealingAction } from './healing-action.ts';

const FORMAT = 1;

export const writeAction = (action: HealingAction): string => JSON.stringify({ format: FORMAT, ...action });

/** Throws on a format of newer code: what is not understood must not be done again. */
export function readAction(text: string): HealingAction {
  const { format, ...action } = JSON.parse(text) as { readonly format: number } & HealingAction;
  if (format > FORMAT)
    throw new Error(`an act of healing has format ${format}, newer than this code, which knows ${FORMAT}`);
  return action;
}
