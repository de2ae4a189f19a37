// What is declared of streams, beside the adapters of webhooks: a source that is not sent to us but read by us.
import { STREAM_ADAPTER } from '../../domain/configuration/stream-source.ts';
import type { SourceAdapter } from '../../ports/webhook-adapter.ts';
import { KNOWN_MAPPINGS } from './known-mappings.ts';
import { streamFaults } from './stream-settings.ts';

const NO_SECRETS = {
  field: 'secrets',
  message: 'must be left out: whoever may write to the Redis is trusted, and its token is UPSTASH_REDIS_REST_TOKEN',
};

export const adapter: SourceAdapter = {
  declaration: {
    id: STREAM_ADAPTER,
    name: 'Redis stream',
    sources: [
      ...KNOWN_MAPPINGS.flatMap(({ sources }) => sources),
      'Redis documentation of consumer groups, read 2026-11-21',
    ],
    signs: 'nothing',
    signedFields: [],
    unsignedDetails: [],
    replayWindowMs: null,
    attemptKey: 'fields.attempt_key of the mapping',
    joinField: { name: 'fields.decision_token, fields.transaction_id of the mapping', charactersMax: 128 },
    needsFetch: false,
    reportsFailures: true,
    reliableCancel: false,
    answerWithinMs: 0,
  },
  settingsFaults: (own, secrets) => [...streamFaults(own), ...(secrets.length === 0 ? [] : [NO_SECRETS])],
};
