// What a deployment says of healing, under the Operations module's names and APOS's: what it may do at all, and what holds where no operator has said otherwise.
import { HEALING_DEFAULT, type HealingSettings, modeOf } from './healing-settings.ts';
import type { Issue } from '../configuration/configuration-change.ts';
import { Misconfigured } from '../configuration/misconfigured.ts';

export interface HealingDeployment {
  /** Off: whatever operators have set, nothing is begun. */
  readonly isOn: boolean;
  /** Between two sweeps of the job, a minute at least whatever it says; what happens may begin one sooner. */
  readonly intervalMs: number;
  /** Where no operator has said how many. */
  readonly attemptsMax: number;
  /** Off: failing a segment over is advised at most. */
  readonly switchesConnectors: boolean;
}

export const HEALING_VARIABLES = [
  'SELF_HEALING_ENABLED',
  'SELF_HEALING_INTERVAL_MS',
  'MAX_HEALING_ATTEMPTS',
  'AUTO_SWITCH_CONNECTORS',
] as const;
export type HealingVariables = Readonly<Record<(typeof HEALING_VARIABLES)[number], string>>;

export type HealingDeploymentRead =
  | { readonly ok: true; readonly settings: HealingDeployment }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The job runs each minute. */
const MINUTE_MS = 60_000;
/** Others sweep every ten seconds: their value is taken. */
const INTERVAL_MIN_MS = 1_000;

export function readHealingVariables(variables: HealingVariables): HealingDeploymentRead {
  const issues: Issue[] = [];
  const whole = (name: keyof HealingVariables, least: number, most: number): number => {
    const text = variables[name].trim();
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) issues.push({ field: name, message: `must be ${least} to ${most}` });
    return value;
  };
  const flag = (name: keyof HealingVariables): boolean => {
    const text = variables[name].trim();
    if (text !== 'true' && text !== 'false') issues.push({ field: name, message: 'must be true or false' });
    return text === 'true';
  };
  const settings: HealingDeployment = {
    isOn: flag('SELF_HEALING_ENABLED'),
    intervalMs: whole('SELF_HEALING_INTERVAL_MS', INTERVAL_MIN_MS, 60 * MINUTE_MS),
    attemptsMax: whole('MAX_HEALING_ATTEMPTS', 1, 20),
    switchesConnectors: flag('AUTO_SWITCH_CONNECTORS'),
  };
  return issues.length === 0 ? { ok: true, settings } : { ok: false, issues };
}

/** Throws where a variable of the deployment is wrong, and names it: nothing is healed by settings nobody meant. */
export function healingDeploymentFrom(read: HealingDeploymentRead): HealingDeployment {
  if (read.ok) return read.settings;
  throw new Misconfigured(read.issues);
}

/** What holds: what an operator has set, within what the deployment allows. */
export function healingIn(deployment: HealingDeployment, set: HealingSettings | undefined): HealingSettings {
  const own = set ?? { ...HEALING_DEFAULT, attemptsMax: deployment.attemptsMax };
  const mode = deployment.isOn ? own.mode : 'off';
  if (deployment.switchesConnectors || modeOf(own, 'fail_over_segment') !== 'act') return { ...own, mode };
  return { ...own, mode, kinds: { ...own.kinds, fail_over_segment: 'advise' } };
}

/** The cron comes each minute, an operator's run whenever: what is less than a minute early is in time. A clock set back makes it due. */
export function isSweepDue({ intervalMs }: HealingDeployment, lastMs: number | null, scheduledMs: number): boolean {
  return lastMs === null || scheduledMs < lastMs || scheduledMs - lastMs > Math.max(intervalMs, MINUTE_MS) - MINUTE_MS;
}
