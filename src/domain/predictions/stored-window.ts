// A maintenance window as text, with a format number like everything that is kept; and whether another one may stand beside those there are.
import { isWindowOpen, type MaintenanceWindow, overlaps } from './maintenance-window.ts';

const FORMAT = 1;
/** Open at once: more are for people to clear up. */
export const OPEN_WINDOWS_MAX = 200;

export const writeWindow = (window: MaintenanceWindow): string => JSON.stringify({ format: FORMAT, ...window });

/** Throws on a format of newer code. */
export function readWindow(text: string): MaintenanceWindow {
  const { format, ...window } = JSON.parse(text) as { readonly format: number } & MaintenanceWindow;
  if (format > FORMAT)
    throw new Error(`a maintenance window has format ${format}, newer than this code, which knows ${FORMAT}`);
  return window;
}

/** Of one processor no two at a time. */
export function mayStand(window: MaintenanceWindow, known: readonly MaintenanceWindow[]): boolean {
  const open = known.filter(isWindowOpen);
  return (
    open.length < OPEN_WINDOWS_MAX &&
    known.every(({ id }) => id !== window.id) &&
    !open.some((other) => overlaps(other, window))
  );
}
