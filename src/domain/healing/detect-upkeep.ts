// What is wrong around the traffic, and the remedy for it: overrides that do harm or are over, unknowns, dead letters, boards that lag.
import { flows, othersAble, segmentRowOf, segmentsIn } from './standing-now.ts';
import { HEALER, type HealingPlan } from './healing-action.ts';
import type { HouseSnapshot, SeenProcessor } from './snapshot.ts';
import type { Ids } from './detect-traffic.ts';
import type { Override } from '../configuration/configuration.ts';
import { RESIDUAL } from '../segment.ts';

/** An operator who has just acted is at it still. */
const OVERRIDE_AGE_MIN_MS = 600_000;
const IGNORED_BREAKER_RESULTS = 20;
const IGNORED_BREAKER_RATE = 0.5;
/** Rows are pushed within a second, and each minute what was missed is fetched. */
const BOARD_LAG_MS = 90_000;

/** Operators' overrides that do harm by now: a breaker ignored while payments fail, or the last way into a segment shut. */
export function harmfulOverrides(house: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  return house.configuration.overrides.flatMap((override): HealingPlan[] => {
    const { now } = house;
    const isOld = now - override.createdAtMs >= OVERRIDE_AGE_MIN_MS && now < override.expiresAtMs;
    const harm = isOld && override.who !== HEALER ? harmOf(house, override) : null;
    if (harm === null) return [];
    const { id, processorId, createdAtMs, expiresAtMs, ...held } = override;
    const ttlMs = Math.max(1_000, expiresAtMs - now);
    return [
      {
        id: draw(),
        kind: 'expire_override',
        processorId,
        subject: id,
        why: harm.why,
        evidence: { kind: held.kind, who: held.who, ...harm.evidence },
        symptomAtMs: createdAtMs,
        occasion: null,
        remedy: { do: 'lift_override', overrideId: id },
        undo: { do: 'put_override', override: { ...held, id, processorId, ttlMs } },
      },
    ];
  });
}

/** Operators' overrides whose time is over and that no change of the configuration has taken along: they rule nothing, and are ended for good. */
export function endedOverrides({ endedOverrides: ended }: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  return ended
    .filter(({ who }) => who !== HEALER)
    .map(({ id, processorId, kind, who, segment, expiresAtMs }) => ({
      id: draw(),
      kind: 'expire_override',
      processorId,
      subject: id,
      why: 'Its time is over, and it is still kept',
      evidence: { kind, who, segment, expired_at: new Date(expiresAtMs).toISOString() },
      symptomAtMs: expiresAtMs,
      occasion: null,
      remedy: { do: 'end_override', overrideId: id },
      undo: null,
    }));
}

function harmOf(
  house: HouseSnapshot,
  { kind, processorId, segment }: Override,
): Pick<HealingPlan, 'why' | 'evidence'> | null {
  const processor = house.configuration.processors.find(({ id }) => id === processorId);
  if (processor === undefined) return null;
  const segments = segmentsIn(processor, segment ?? RESIDUAL);
  if (kind === 'force_close' || kind === 'metrics_only') {
    const failing = segments.find((one) => {
      const window = segmentRowOf(house, processorId, one)?.window;
      return window !== undefined && window.total >= IGNORED_BREAKER_RESULTS && window.errorRate > IGNORED_BREAKER_RATE;
    });
    if (failing === undefined) return null;
    const errorRate = segmentRowOf(house, processorId, failing)?.window.errorRate ?? null;
    return {
      why: `${failing} fails and its breaker is ignored`,
      evidence: { segment: failing, error_rate: errorRate },
    };
  }
  if (kind !== 'drain' && kind !== 'force_open') return null;
  // A processor whose object does not answer may be as sick as ever.
  if ((house.processors.get(processorId)?.detail ?? null) === null) return null;
  const shut = segments.find(
    (one) => flows(house, processorId, one) && othersAble(house, processorId, one).length === 0,
  );
  return shut === undefined ? null : { why: `Nobody else can serve ${shut}`, evidence: { segment: shut } };
}

export function overdueUnknowns(house: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  return [...house.processors].flatMap(
    ([processorId, { overdueUnknowns: overdue, oldestUnknownAtMs }]): HealingPlan[] =>
      overdue === null || overdue === 0
        ? []
        : [
            {
              id: draw(),
              kind: 'reconcile_unknowns',
              processorId,
              subject: RESIDUAL,
              why: 'Attempts are of unknown outcome for more than 24 hours: those that were settled are let go, people are told of the rest',
              evidence: { overdue },
              symptomAtMs: oldestUnknownAtMs ?? house.now,
              occasion: null,
              remedy: { do: 'sweep_unknowns', processorId },
              undo: null,
            },
          ],
  );
}

/** Read again under the same circumstances they would say the same again, and perhaps ask their vendor for it. */
function circumstances({ configuration, sourceRevisions }: HouseSnapshot, sourceId: string, letters: number): string {
  const { processors } = configuration;
  const revision = processors.reduce((newest, processor) => Math.max(newest, processor.revision), 0);
  return `${letters} source ${sourceRevisions.get(sourceId) ?? 0} processors ${processors.length} ${revision}`;
}

export function deadLetters(house: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  return [...house.letters].flatMap(([sourceId, { count: letters, oldestAtMs }]): HealingPlan[] =>
    letters === 0
      ? []
      : [
          {
            id: draw(),
            kind: 'replay_dead_letters',
            processorId: null,
            subject: sourceId,
            why: 'Events were not recorded: they are read once more under the source as it is set up now',
            evidence: { letters },
            symptomAtMs: Math.min(oldestAtMs, house.now),
            occasion: circumstances(house, sourceId, letters),
            remedy: { do: 'replay_letters', sourceId },
            undo: null,
          },
        ],
  );
}

/** What its object has recorded and the boards do not know. */
export function boardLagMs({ now, boardsHeard }: HouseSnapshot, { detail, boardResultAtMs }: SeenProcessor): number {
  const recordedAtMs = detail?.row.lastResultAtMs ?? null;
  if (!boardsHeard || recordedAtMs === null || (boardResultAtMs !== null && boardResultAtMs >= recordedAtMs)) return 0;
  return Math.max(0, now - recordedAtMs);
}

export function staleBoards(house: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  const lags = [...house.processors].map(([id, seen]) => [id, boardLagMs(house, seen)] as const);
  const late = lags.filter(([, lagMs]) => lagMs >= BOARD_LAG_MS);
  if (late.length === 0) return [];
  const ids = late.map(([id]) => id);
  const lagMs = Math.max(...late.map(([, lag]) => lag));
  return [
    {
      id: draw(),
      kind: 'refresh_boards',
      processorId: null,
      subject: 'boards',
      why: 'Results that were recorded have not come to the boards',
      evidence: { processors: ids.join(' '), lag_seconds: Math.round(lagMs / 1_000) },
      symptomAtMs: house.now - lagMs,
      occasion: null,
      remedy: { do: 'sweep_boards' },
      undo: null,
    },
  ];
}
