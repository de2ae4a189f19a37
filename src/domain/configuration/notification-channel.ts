// What an operator says of one channel that alerts go to, and how its secrets are kept. No part of the configuration: it never travels to boards.
import type { ChannelKind, ChannelRoute } from '../notifications/channel.ts';
import type { Issue } from './configuration-change.ts';
import type { EventName } from '../notifications/named-event.ts';
import type { Severity } from '../notifications/incident.ts';
import { checkCode, checkName, CODES, issuesOf } from './field-check.ts';
import {
  livingSecrets,
  otherThanSeen,
  rotatedSecrets,
  type SealedSecret,
  type StaleRevision,
  staleRevision,
} from './webhook-source.ts';

export interface ChannelDraft {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly severities: readonly Severity[];
  /** As `ChannelRoute` has them. */
  readonly events?: readonly EventName[];
  /** `keep`: the one that is stored when this lands stays. */
  readonly address: ChannelAddress | 'keep';
  /**
   * What a webhook is signed with, newest first, at most two; PagerDuty's one routing key; nothing for Slack, whose address is the secret.
   * `keep`: those that are stored when this lands stay, so that no rotation is undone.
   */
  readonly secrets: readonly SealedSecret[] | 'keep';
}

export interface ChannelAddress {
  /** All that is shown of it: the rest may be a secret. */
  readonly host: string;
  /** The whole address, sealed. */
  readonly secretUrl: string;
}

export interface StoredChannel extends Omit<ChannelDraft, 'address'>, ChannelAddress {
  readonly secrets: readonly SealedSecret[];
  /** Grows with every change, also over a deletion: what was held against a channel of the same id is not held against this one. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const CHANNELS_MAX = 50;

export type ChannelOutcome =
  | { readonly ok: true; readonly channel: StoredChannel }
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly Issue[] }
  | StaleRevision;

/** What stands in its settings in clear has been judged before. `ifMatch`: the revision that the caller saw; `null`: whatever it is. */
export function channelPut(
  channels: readonly StoredChannel[],
  draft: ChannelDraft,
  ifMatch: number | null,
  now: number,
): ChannelOutcome {
  const before = channels.find(({ id }) => id === draft.id);
  const stale = staleRevision(before, ifMatch);
  if (stale !== null) return stale;
  // What another kind of channel had is of no use.
  const stored = before?.kind === draft.kind ? before : undefined;
  const address = draft.address === 'keep' ? stored : draft.address;
  const secrets = draft.secrets === 'keep' ? stored?.secrets : draft.secrets;
  if (address === undefined || secrets === undefined) return otherThanSeen(before);
  const isRoom = before !== undefined || channels.length < CHANNELS_MAX;
  const issues = issuesOf([
    checkCode(draft.id, CODES.id, 'id'),
    checkName(draft.name, 'name'),
    [isRoom, 'id', `would be one more than the ${CHANNELS_MAX} channels there may be`],
  ]);
  if (issues.length > 0) return { ok: false, reason: 'invalid', issues };
  return {
    ok: true,
    channel: {
      id: draft.id,
      name: draft.name,
      kind: draft.kind,
      severities: draft.severities,
      events: draft.events ?? [],
      host: address.host,
      secretUrl: address.secretUrl,
      secrets: livingSecrets(secrets, now),
      revision: nextRevision(before, now),
      createdAtMs: before?.createdAtMs ?? now,
      updatedAtMs: now,
    },
  };
}

export function rotatedChannel(
  channel: StoredChannel,
  secret: Pick<SealedSecret, 'id' | 'sealed'>,
  overlapMs: number,
  now: number,
): StoredChannel {
  const secrets = rotatedSecrets(channel.secrets, secret, overlapMs, now);
  return { ...channel, secrets, revision: nextRevision(channel, now), updatedAtMs: now };
}

export function routeOf({ id, revision, kind, severities, events = [] }: StoredChannel): ChannelRoute {
  return { id, revision, kind, severities, events };
}

/** By the clock, so that nothing need be remembered of a channel that was deleted. */
function nextRevision(before: StoredChannel | undefined, now: number): number {
  return Math.max((before?.revision ?? 0) + 1, now);
}
