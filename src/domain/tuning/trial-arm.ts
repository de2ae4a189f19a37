// Who gets the setting on trial and who is held out: by a hash alone, so that history can say it again of any decision.
import type { SettingName } from './tuned-settings.ts';

/** Of the payments; the others are held out. */
export const TRIAL_SHARE = 0.5;
/** A rate limits a stretch of time, not one payment: it is tried in whole slots. */
export const SLOT_MS = 600_000;

export interface RunningTrial {
  readonly setting: SettingName;
  /** 32 bits of its own, so that trials do not fall on the same payments. */
  readonly salt: number;
}

export interface TrialMoment {
  readonly nonce: bigint;
  readonly now: number;
}

export const isBySlot = (setting: SettingName): boolean => setting === 'requests_per_second';

export function isOnTrial({ setting, salt }: RunningTrial, { nonce, now }: TrialMoment): boolean {
  const unit = isBySlot(setting) ? Math.floor(now / SLOT_MS) : Number(nonce & 0xffff_ffffn);
  return trialPosition(unit >>> 0, salt) < TRIAL_SHARE;
}

export const MIX_FIRST = 0x7feb_352d;
export const MIX_SECOND = 0x045d_9f3b;

/**
 * [0, 1) of 32 bits. Two rounds of xor and multiply as in Chris Wellons' hash prospector, with factors below 2^31, so that PostgreSQL's 64 bits hold
 * every product and src/db says the same.
 */
export function trialPosition(unit: number, salt: number): number {
  let bits = (unit ^ salt) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), MIX_FIRST) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), MIX_SECOND) >>> 0;
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
