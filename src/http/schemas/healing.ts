// Healing as the API tells it: what was done and why, what came of it, how it does by kind, and how much it may do.
import { z } from '@hono/zod-openapi';
import { HEALING_KINDS, type HealingAction, type Remedy } from '../../domain/healing/healing-action.ts';
import type { HealingDeployment } from '../../domain/healing/healing-variables.ts';
import type { HealingFigures } from '../../domain/healing/healing-statistics.ts';
import {
  HEALING_DEFAULT,
  HEALING_MODES,
  type HealingSettings,
  modesOf,
} from '../../domain/healing/healing-settings.ts';
import { IdText, MomentOut, momentOf, NextCursor } from './primitives.ts';
import type { Healed } from '../../flows/heal-house.ts';
import { endOf, isBeingUndone } from '../../domain/healing/undone-standing.ts';
import { undoRemedyOf } from '../../domain/healing/undo-action.ts';

export const ProviderParams = z.object({ provider: IdText.openapi({ param: { name: 'provider', in: 'path' } }) });
const Mode = z.enum(HEALING_MODES).openapi({
  description: 'act: it does it. advise: it says what it would do. off: it begins nothing, and ends what it had begun',
});
const Kind = z.enum(HEALING_KINDS);
const Outcome = z.enum(['recovered', 'not_recovered', 'made_worse', 'undone', 'interrupted', 'failed']);

export const HealingActionOut = z
  .object({
    id: z.string().openapi({ description: 'Its override, if it put one, has the same' }),
    kind: Kind,
    processor_id: z.string().nullable(),
    subject: z.string().openapi({
      description: 'A segment, `*` for all of the processor, an override, a source, an object or `boards`',
    }),
    why: z.string(),
    evidence: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
    remedy: z.string(),
    undo: z.string().nullable().openapi({
      description: 'What `POST /api/v1/healing/actions/{id}/undo` does; `null`: it needs none, or has none',
    }),
    asked_by: z.string().openapi({ description: 'Id of the API key, or `self-healing`' }),
    symptom_at: MomentOut.openapi({ description: 'Since when something was wrong' }),
    planned_at: MomentOut,
    state: z.enum(['advised', 'acting', 'done', 'undoing', 'ended']).openapi({
      description: 'done: and to be measured. undoing: a person takes it back, and it is not yet seen to be done',
    }),
    step: z.int().nullable().openapi({ description: 'Of a ramp under way, from 0' }),
    ended_at: MomentOut.nullable(),
    outcome: Outcome.nullable(),
    measured: z.string().nullable(),
    undone: z.boolean().openapi({ description: 'It made things worse, or a person took it back' }),
    undone_by: z.string().nullable().openapi({ description: 'Id of the API key that took it back' }),
    recovery_seconds: z
      .number()
      .nullable()
      .openapi({ description: 'From the first symptom; `null`: it did not recover' }),
  })
  .openapi('HealingAction');

export const HealingList = z
  .object({ actions: z.array(HealingActionOut), count: z.int(), next_cursor: NextCursor })
  .openapi('HealingList');

const remedyText = (remedy: Remedy): string => {
  switch (remedy.do) {
    case 'close_breaker':
      return `close the breaker of ${remedy.scope}`;
    case 'put_override': {
      const { kind, segment, share, ttlMs } = remedy.override;
      const what = share === undefined ? kind : `${kind} at ${share * 100}%`;
      return `${what} on ${segment ?? 'all of it'} for ${Math.round(ttlMs / 1_000)} s`;
    }
    case 'lift_override':
      return `lift override ${remedy.overrideId}`;
    case 'end_override':
      return `end override ${remedy.overrideId}`;
    case 'sweep_unknowns':
      return 'go through the attempts of unknown outcome';
    case 'replay_letters':
      return `try dead letters of ${remedy.sourceId} again`;
    case 'sweep_boards':
      return 'have the boards fetch what they missed';
    case 'wake_reader':
      return `wake the reader of ${remedy.sourceId}`;
    case 'rearm':
      return `wake ${remedy.object}`;
  }
};

export function healingJson(action: HealingAction): z.output<typeof HealingActionOut> {
  const { standing } = action;
  const end = endOf(action);
  const recoveryMs = end?.recoveryMs ?? null;
  const undo = undoRemedyOf(action);
  return {
    id: action.id,
    kind: action.kind,
    processor_id: action.processorId,
    subject: action.subject,
    why: action.why,
    evidence: { ...action.evidence },
    remedy: remedyText(action.remedy),
    undo: undo === null ? null : remedyText(undo),
    asked_by: action.askedBy,
    symptom_at: momentOf(action.symptomAtMs),
    planned_at: momentOf(action.plannedAtMs),
    state: isBeingUndone(action) ? 'undoing' : standing.state,
    step: standing.state === 'done' ? standing.step : null,
    ended_at: end === null ? null : momentOf(end.atMs),
    outcome: end?.outcome ?? null,
    measured: end?.measured ?? null,
    undone: end?.undone ?? false,
    undone_by: standing.state === 'ended' ? (standing.undoneBy?.keyId ?? null) : null,
    recovery_seconds: recoveryMs === null ? null : recoveryMs / 1_000,
  };
}

export const UndoAnswer = z
  .object({
    action: HealingActionOut,
    did: z.string().nullable().openapi({ description: '`null`: it had been done before' }),
  })
  .openapi('HealingUndo');

export const undoneJson = (action: HealingAction, did: Remedy | null): z.output<typeof UndoAnswer> => ({
  action: healingJson(action),
  did: did === null ? null : remedyText(did),
});

export const HealAnswer = z
  .object({
    processor_id: z.string(),
    mode: Mode,
    actions: z.array(HealingActionOut).openapi({ description: 'Begun now' }),
    measured: z.array(HealingActionOut).openapi({ description: 'Begun before: ended now, or a step further' }),
    kept: z
      .array(z.object({ kind: Kind, subject: z.string(), why: z.string() }))
      .openapi({ description: 'Looked at and left as it is' }),
  })
  .openapi('HealAnswer');

export const healedJson = (id: string, { mode, actions, measured, kept }: Healed): z.output<typeof HealAnswer> => ({
  processor_id: id,
  mode,
  actions: actions.map(healingJson),
  measured: measured.map(healingJson),
  kept: [...kept],
});

const Figures = z
  .object({
    kind: Kind,
    attempts: z.int(),
    advised: z.int(),
    void: z.int().openapi({ description: 'Not done, because the configuration had changed: no attempts' }),
    bookkeeping: z.int().openapi({ description: 'Ended what had ended by itself: no attempts, and no recoveries' }),
    open: z.int(),
    outcomes: z.record(Outcome, z.int()),
    success_rate: z.number().nullable().openapi({ description: 'Of those that have ended; `null`: none has' }),
    recovery_median_seconds: z.number().nullable().openapi({ description: 'From the first symptom' }),
  })
  .openapi('HealingFigures');
export const HealingStats = z.object({ kinds: z.array(Figures), attempts: z.int() }).openapi('HealingStats');

export const healingStatsJson = (figures: readonly HealingFigures[]): z.output<typeof HealingStats> => ({
  kinds: figures.map(({ successRate, recoveryMedianMs, outcomes, ...counts }) => ({
    ...counts,
    outcomes: { ...outcomes },
    success_rate: successRate,
    recovery_median_seconds: recoveryMedianMs === null ? null : recoveryMedianMs / 1_000,
  })),
  attempts: figures.reduce((sum, { attempts }) => sum + attempts, 0),
});

export const HealingSettingsInput = z
  .strictObject({
    mode: Mode.default(HEALING_DEFAULT.mode),
    kinds: z.partialRecord(Kind, Mode).default({}).openapi({
      description:
        'Of single kinds; none is bolder than `mode`. Left out: `mode`, and for expire_override `advise` on what is in force',
    }),
    max_healing_attempts: z
      .int()
      .optional()
      .openapi({ description: '1-20 within the window, of one kind on one subject; left out: `MAX_HEALING_ATTEMPTS`' }),
    window_seconds: z
      .number()
      .default(HEALING_DEFAULT.windowMs / 1_000)
      .openapi({ description: '600-86400' }),
    backoff_seconds: z
      .number()
      .default(HEALING_DEFAULT.backoffMs / 1_000)
      .openapi({ description: '30-3600 before the second attempt; doubles with each' }),
  })
  .openapi('HealingSettingsInput');

export const HealingSettingsAnswer = z
  .object({
    mode: Mode,
    kinds: z.record(Kind, Mode).openapi({ description: 'As they hold' }),
    max_healing_attempts: z.int(),
    window_seconds: z.number(),
    backoff_seconds: z.number(),
    deployment: z
      .object({
        self_healing_enabled: z.boolean(),
        self_healing_interval_ms: z.int(),
        max_healing_attempts: z.int().openapi({ description: 'Where no operator has said how many' }),
        auto_switch_connectors: z.boolean(),
      })
      .openapi({ description: 'The variables of the deployment: what is set here holds within them' }),
  })
  .openapi('HealingSettings');

export const healingSettingsOf = (
  input: z.output<typeof HealingSettingsInput>,
  deployment: HealingDeployment,
): HealingSettings => ({
  mode: input.mode,
  kinds: input.kinds,
  attemptsMax: input.max_healing_attempts ?? deployment.attemptsMax,
  windowMs: input.window_seconds * 1_000,
  backoffMs: input.backoff_seconds * 1_000,
});

/** `settings`: as they hold. */
export const healingSettingsJson = (
  settings: HealingSettings,
  deployment: HealingDeployment,
): z.output<typeof HealingSettingsAnswer> => ({
  mode: settings.mode,
  kinds: { ...modesOf(settings) },
  max_healing_attempts: settings.attemptsMax,
  window_seconds: settings.windowMs / 1_000,
  backoff_seconds: settings.backoffMs / 1_000,
  deployment: {
    self_healing_enabled: deployment.isOn,
    self_healing_interval_ms: deployment.intervalMs,
    max_healing_attempts: deployment.attemptsMax,
    auto_switch_connectors: deployment.switchesConnectors,
  },
});
