// What an operator may set of the retry policy, between which bounds and for whose sake; and the policy that comes of it.
import { CEILING_IDS, type CeilingId } from './ceiling-ids.ts';
import { DEFAULT_RETRY_POLICY, limitsAt, type RetryPolicy } from './retry-policy.ts';
import { ceilingOf, editionAt, type Edition } from './network-rules.ts';
import type { CeilingFigures, RetrySettings } from '../configuration/retry-settings.ts';
import { asProcessorId, type ProcessorId } from '../identity.ts';

const NOTHING_SAID = Object.fromEntries(CEILING_IDS.map((id) => [id, null])) as CeilingFigures;

export const RETRY_SETTINGS_DEFAULT: RetrySettings = {
  ceilings: NOTHING_SAID,
  acquirers: [],
  hopsMax: null,
  technicalRetriesMax: null,
  retriesWithoutAdvice: null,
  laterWaitMs: null,
  laterSpreadMs: null,
  reconcileWaitMs: null,
  checkoutWaitMaxMs: null,
};

type FigureKey = Exclude<keyof RetrySettings, 'ceilings' | 'acquirers' | 'retriesWithoutAdvice'>;

export interface SettableFigure {
  readonly key: FigureKey;
  /** In the API, its unit last. */
  readonly name: string;
  /** One of that unit in ours. */
  readonly unit: number;
  /** Both in the API's unit, and both allowed. */
  readonly least: number;
  readonly most: number;
  /** What the bounds rest on. */
  readonly source: string;
}

const SECOND_MS = 1_000;
const DAY_S = 86_400;
const OURS = 'Signalbox:';

export const SETTABLE_FIGURES: readonly SettableFigure[] = [
  {
    key: 'hopsMax',
    name: 'hops_max',
    unit: 1,
    least: 0,
    most: 2,
    source: `${OURS} a payment changes processors at most twice (RTY-17)`,
  },
  {
    key: 'technicalRetriesMax',
    name: 'technical_retries_max',
    unit: 1,
    least: 0,
    most: 10,
    source: `${OURS} each also draws on its processor's retry budget (RTY-21)`,
  },
  {
    key: 'laterWaitMs',
    name: 'later_wait_seconds',
    unit: SECOND_MS,
    least: 600,
    most: 14 * DAY_S,
    source: `${OURS} no network names a wait for a soft decline without one; with the spread it stays within the 30 days in which an attempt may be repeated (RTY-26)`,
  },
  {
    key: 'laterSpreadMs',
    name: 'later_spread_seconds',
    unit: SECOND_MS,
    least: 0,
    most: 7 * DAY_S,
    source: `${OURS} it only adds to a wait (RTY-11)`,
  },
  {
    key: 'reconcileWaitMs',
    name: 'reconcile_wait_seconds',
    unit: SECOND_MS,
    least: 40,
    most: 3_600,
    source:
      'Mastercard Send docs (read 2026-11): after a timeout or 5xx wait 40 s before the same request is sent again',
  },
  {
    key: 'checkoutWaitMaxMs',
    name: 'checkout_wait_max_seconds',
    unit: SECOND_MS,
    least: 0,
    most: 60,
    source: `${OURS} up to it the answer is retry_now with a not_before; it shortens no wait`,
  },
];

export const WITHOUT_ADVICE_SOURCE =
  'CyberSource docs, merchantAdviceCode (read 2026-11): without advice the default is not to retry, and the merchant decides';

/** The most that a network allows in any of its editions; which of them holds is found out when advice is asked. */
export const ceilingMost = (id: CeilingId): number => Math.max(...ceilingOf(id).editions.map(({ hardMax }) => hardMax));

export function policySet(settings: RetrySettings): RetryPolicy {
  const of = (key: FigureKey): number => settings[key] ?? DEFAULT_RETRY_POLICY[key];
  const processors = settings.acquirers.map(
    ({ processorId, ceilings }) =>
      [processorId, { vendor: null, ceilings: said(ceilings), reliableCancel: false }] as const,
  );
  return {
    ...DEFAULT_RETRY_POLICY,
    ceilings: said(settings.ceilings),
    processors: Object.fromEntries(processors),
    hopsMax: of('hopsMax'),
    technicalRetriesMax: of('technicalRetriesMax'),
    retriesWithoutAdvice: settings.retriesWithoutAdvice ?? DEFAULT_RETRY_POLICY.retriesWithoutAdvice,
    laterWaitMs: of('laterWaitMs'),
    laterSpreadMs: of('laterSpreadMs'),
    reconcileWaitMs: of('reconcileWaitMs'),
    checkoutWaitMaxMs: of('checkoutWaitMaxMs'),
  };
}

const said = (figures: CeilingFigures): RetryPolicy['ceilings'] =>
  Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null));

export interface EffectiveCeiling {
  readonly id: CeilingId;
  readonly edition: Edition;
  readonly windowMs: number;
  /** What holds at every processor whose acquirer has no figure of its own that is less. */
  readonly max: number;
  readonly isSet: boolean;
  readonly atAcquirers: readonly { readonly processorId: ProcessorId; readonly max: number }[];
}

/** As they hold at this moment. */
export function effectiveCeilings(settings: RetrySettings, now: number): readonly EffectiveCeiling[] {
  const policy = policySet(settings);
  const anywhere = limitsAt(policy, asProcessorId('*'), now);
  return CEILING_IDS.map((id) => ({
    id,
    edition: editionAt(ceilingOf(id), now),
    windowMs: ceilingOf(id).windowMs,
    max: anywhere[id],
    isSet: (settings.ceilings[id] ?? null) !== null,
    atAcquirers: settings.acquirers
      .map(({ processorId }) => ({ processorId, max: limitsAt(policy, processorId, now)[id] }))
      .filter(({ max }) => max < anywhere[id]),
  }));
}
