// What an operator says of one channel that alerts go to, and how its secrets are kept. No part of the configuration: it never travels to boards.
import type { ChannelKind, ChannelRoute } from '../notifications/channel.ts';
import type { Issue } from './configuration-change.ts';
import type { Severity } from '../notifications/incident.ts';
import { checkCode, checkName, CODES, issuesOf } from './field-check.ts';
import { livingSecrets, rotatedSecrets, type SealedSecret } from './webhook-source.ts';

export interface ChannelDraft {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly severities: readonly Severity[];
  /** Of its address all that is shown: the rest of it may be a secret. */
  readonly host: string;
  /** The whole address, sealed. */
  readonly secretUrl: string;
  /** What a webhook is signed with, newest first, at most two; PagerDuty's one routing key; nothing for Slack, whose address is the secret. */
  readonly secrets: readonly SealedSecret[];
}

export interface StoredChannel extends ChannelDraft {
  /** Grows with every change, also over a deletion: what was held against a channel of the same id is not held against this one. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const CHANNELS_MAX = 50;

export type ChannelOutcome =
  | { readonly ok: true; readonly channel: StoredChannel }
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly reason: 'stale_version'; readonly currentVersion: number };

/** What stands in its settings in clear has been judged before. `ifMatch`: the revision that the caller saw; `null`: whatever it is. */
export function channelPut(
  channels: readonly StoredChannel[],
  draft: ChannelDraft,
  ifMatch: number | null,
  now: number,
): ChannelOutcome {
  const before = channels.find(({ id }) => id === draft.id);
  if (ifMatch !== null && ifMatch !== (before?.revision ?? 0))
    return { ok: false, reason: 'stale_version', currentVersion: before?.revision ?? 0 };
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
      ...draft,
      secrets: livingSecrets(draft.secrets, now),
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

export function routeOf({ id, revision, kind, severities }: StoredChannel): ChannelRoute {
  return { id, revision, kind, severities };
}

/** By the clock, so that nothing need be remembered of a channel that was deleted. */
function nextRevision(before: StoredChannel | undefined, now: number): number {
  return Math.max((before?.revision ?? 0) + 1, now);
}
