// What an operator says of one sender of webhooks, and how its secrets take over from each other. No part of the configuration: it never travels to boards.
import { CODES, checkCode, type FieldCheck, issuesOf, isWithin } from './field-check.ts';
import type { Configuration } from './configuration.ts';
import type { Issue } from './configuration-change.ts';
import type { ProcessorId } from '../identity.ts';

/** Where a source's settings say what the vendor does not. Upper case. */
export interface SegmentMapping {
  /** The vendor's word for a payment method, lower case, to ours; those that are not here go by the adapter's own table. */
  readonly paymentMethods: Readonly<Record<string, string>>;
  readonly paymentMethodDefault: string | null;
  readonly countryDefault: string | null;
}

/** A text that only the holder of the Worker's secret can read. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: string;
  readonly createdAtMs: number;
  /** `null`: until it is rotated out. */
  readonly expiresAtMs: number | null;
}

export interface SourceDraft {
  readonly id: string;
  readonly name: string;
  /** Id of a webhook adapter. */
  readonly adapter: string;
  /** False: its webhooks are answered as if there were no such source. */
  readonly enabled: boolean;
  /** Whom its results belong to where the vendor names nobody. */
  readonly processorId: ProcessorId | null;
  /** The vendor's name of a processor, lower case, to ours. */
  readonly connectors: Readonly<Record<string, ProcessorId>>;
  readonly segments: SegmentMapping;
  /** The adapter's own settings, without those that are secrets. */
  readonly own: Readonly<Record<string, unknown>>;
  /** The adapter's own settings that are secrets, sealed; `null`: what is stored when this lands stays. */
  readonly sealedOwn: Readonly<Record<string, string | null>>;
  /** Newest first; at most two are valid at any time. `keep`: those that are stored when this lands stay, so that no rotation is undone. */
  readonly secrets: readonly SealedSecret[] | 'keep';
}

export interface WebhookSource extends SourceDraft {
  readonly sealedOwn: Readonly<Record<string, string>>;
  readonly secrets: readonly SealedSecret[];
  /** Grows by one with every change. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const SOURCES_MAX = 200;
const SECRETS_VALID_MAX = 2;
const CONNECTORS_MAX = 200;
const OWN_CHARACTERS_MAX = 16_384;

/** Of one source's or channel's own revision. */
export interface StaleRevision {
  readonly ok: false;
  readonly reason: 'stale_version';
  readonly currentVersion: number;
}

export type SourceOutcome =
  | { readonly ok: true; readonly source: WebhookSource }
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly Issue[] }
  | StaleRevision;

export interface SourcePutting {
  readonly now: number;
  /** The revision that the caller saw; `null`: whatever it is. */
  readonly ifMatch: number | null;
  readonly configuration: Pick<Configuration, 'processors'>;
}

/** What the adapter thinks of its own settings and secrets has been asked before. */
export function sourcePut(
  sources: readonly WebhookSource[],
  draft: SourceDraft,
  { now, ifMatch, configuration }: SourcePutting,
): SourceOutcome {
  const before = sources.find(({ id }) => id === draft.id);
  const stale = staleRevision(before, ifMatch);
  if (stale !== null) return stale;
  const kept = keptOf(draft, before);
  if (kept === null) return otherThanSeen(before);
  const isRoom = before !== undefined || sources.length < SOURCES_MAX;
  const processorIds = new Set<string>(configuration.processors.map(({ id }) => id));
  const issues = issuesOf([
    ...draftChecks(draft, processorIds),
    [isRoom, 'id', `would be one more than the ${SOURCES_MAX} sources there may be`],
  ]);
  if (issues.length > 0) return { ok: false, reason: 'invalid', issues };
  return {
    ok: true,
    source: {
      ...draft,
      sealedOwn: kept.sealedOwn,
      secrets: livingSecrets(kept.secrets, now),
      revision: (before?.revision ?? 0) + 1,
      createdAtMs: before?.createdAtMs ?? now,
      updatedAtMs: now,
    },
  };
}

/** `ifMatch`: the revision that the caller saw, 0 for none; `null`: whatever it is. */
export function staleRevision(
  before: { readonly revision: number } | null | undefined,
  ifMatch: number | null,
): StaleRevision | null {
  return ifMatch === null || ifMatch === (before?.revision ?? 0) ? null : otherThanSeen(before);
}

export function otherThanSeen(before: { readonly revision: number } | null | undefined): StaleRevision {
  return { ok: false, reason: 'stale_version', currentVersion: before?.revision ?? 0 };
}

/** `null`: what was to stay is not there any more, or belongs to another adapter by now. */
function keptOf(
  draft: SourceDraft,
  before: WebhookSource | undefined,
): Pick<WebhookSource, 'sealedOwn' | 'secrets'> | null {
  const stored = before?.adapter === draft.adapter ? before : undefined;
  const sealedOwn = Object.entries(draft.sealedOwn).map(
    ([name, sealed]) => [name, sealed ?? stored?.sealedOwn[name]] as const,
  );
  const secrets = draft.secrets === 'keep' ? stored?.secrets : draft.secrets;
  if (secrets === undefined || sealedOwn.some(([, sealed]) => sealed === undefined)) return null;
  return { sealedOwn: Object.fromEntries(sealedOwn) as Record<string, string>, secrets };
}

function draftChecks(draft: SourceDraft, processorIds: ReadonlySet<string>): FieldCheck[] {
  const { paymentMethods, paymentMethodDefault, countryDefault } = draft.segments;
  const names = Object.keys(draft.connectors);
  const named = (id: string, field: string): FieldCheck => [
    processorIds.has(id),
    field,
    'is not a registered processor',
  ];
  return [
    checkCode(draft.id, CODES.id, 'id'),
    [isWithin(draft.name.trim().length, 1, 200), 'name', 'must have 1 to 200 characters'],
    ...(draft.processorId === null ? [] : [named(draft.processorId, 'processor_id')]),
    [draft.processorId !== null || names.length > 0, 'processor_id', 'must be given where no connectors are'],
    [names.length <= CONNECTORS_MAX, 'connectors', `may have at most ${CONNECTORS_MAX} entries`],
    ...names.map((name) => named(draft.connectors[name]!, `connectors.${name}`)),
    ...Object.entries(paymentMethods).map(([word, method]) =>
      checkCode(method, CODES.paymentMethod, `segments.payment_methods.${word}`),
    ),
    ...(paymentMethodDefault === null
      ? []
      : [checkCode(paymentMethodDefault, CODES.paymentMethod, 'segments.payment_method_default')]),
    ...(countryDefault === null ? [] : [checkCode(countryDefault, CODES.country, 'segments.country_default')]),
    [
      JSON.stringify(draft.own).length <= OWN_CHARACTERS_MAX,
      'own',
      `may have at most ${OWN_CHARACTERS_MAX} characters`,
    ],
  ];
}

export function withRotated(
  source: WebhookSource,
  secret: Pick<SealedSecret, 'id' | 'sealed'>,
  overlapMs: number,
  now: number,
): WebhookSource {
  return {
    ...source,
    secrets: rotatedSecrets(source.secrets, secret, overlapMs, now),
    revision: source.revision + 1,
    updatedAtMs: now,
  };
}

/** The newest is good until it is rotated out, the one before it for `overlapMs` longer; older ones end at once. */
export function rotatedSecrets(
  secrets: readonly SealedSecret[],
  secret: Pick<SealedSecret, 'id' | 'sealed'>,
  overlapMs: number,
  now: number,
): readonly SealedSecret[] {
  const fresh: SealedSecret = { ...secret, createdAtMs: now, expiresAtMs: null };
  const [last] = livingSecrets(secrets, now);
  const ending =
    last === undefined ? [] : [{ ...last, expiresAtMs: Math.min(last.expiresAtMs ?? Infinity, now + overlapMs) }];
  return livingSecrets([fresh, ...ending], now);
}

export function livingSecrets(secrets: readonly SealedSecret[], now: number): readonly SealedSecret[] {
  return secrets.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now).slice(0, SECRETS_VALID_MAX);
}
