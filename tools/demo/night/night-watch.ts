// Looks at the night demo's house after each minute as an operator's screen would, and keeps what people were told.
import type { Alert } from '../../../src/domain/health/alert-book.ts';
import type { Anomaly } from '../../../src/domain/payment-anomalies/anomaly.ts';
import { anomalyText } from '../../../src/domain/payment-anomalies/anomaly-alert.ts';
import type { AtRisk, NightRecord, SeenAction, SeenPrediction } from './night-record.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import type { EndedPrediction, OpenPrediction } from '../../../src/domain/predictions/prediction-book.ts';
import { explainingFault, type FaultName, KNOWN_FAULTS } from './truth.ts';
import type { Finder, Sign } from './signs.ts';
import type { HealingAction } from '../../../src/domain/healing/healing-action.ts';
import { MINUTE_MS } from '../../../src/domain/payment-anomalies/reading-plan.ts';
import type { NightHouse } from './night-house.ts';
import type { NightJobs } from './night-jobs.ts';
import { readModel } from '../../../src/domain/training/model-record.ts';
import { RESIDUAL, segmentParts } from '../../../src/domain/segment.ts';
import { scopeParts } from '../../../src/domain/payment-anomalies/scope-name.ts';
import type { SegmentKey } from '../../../src/domain/identity.ts';

type Told = Pick<NightRecord, 'payments' | 'quietPayments' | 'losses' | 'forecast'>;
type Turn = NightHouse['processors']['turns'][number];

/** Causes that an alert names. */
const NAMED_MAX = 3;
const FINDERS: Readonly<Partial<Record<Alert['kind'], Finder>>> = {
  silent: 'sweep-boards',
  source_silent: 'sweep-boards',
  unknown_overdue: 'sweep-unknowns',
};

const APPROVALS: readonly Alert['kind'][] = ['approval', 'approval_collapse'];

export class NightWatch {
  readonly #house: NightHouse;
  readonly #startMs: number;
  readonly #anomalySigns: Sign[] = [];
  /** What was told of each anomaly last. */
  readonly #lastWords = new Map<string, string>();
  readonly #risks = new Map<FaultName, AtRisk>();

  constructor(house: NightHouse, startMs: number) {
    [this.#house, this.#startMs] = [house, startMs];
  }

  look(minute: number): void {
    for (const anomaly of this.#house.anomalies.anomalies) {
      const { id, severity, closedMinute, atRisk } = anomaly;
      if (severity === 'info' || closedMinute !== null) continue;
      const words = anomalyText(anomaly);
      if (this.#lastWords.get(id) !== words) this.#anomalySigns.push(signOf(anomaly, words, minute));
      this.#lastWords.set(id, words);
      const fault = explainingFault(KNOWN_FAULTS, minute)?.name;
      if (fault === undefined || atRisk === null) continue;
      if (atRisk.minorPerHour > (this.#risks.get(fault)?.minorPerHour ?? 0)) this.#risks.set(fault, atRisk);
    }
  }

  /** What was seen of the played days; what the quiet days raised was told to nobody. */
  record(told: Told, jobs: NightJobs): NightRecord {
    const { processors, healing, predictions, tuning, registry, training } = this.#house;
    const foretold = [...predictions.shelf.book.ended, ...predictions.shelf.book.open];
    const trials = tuning.shelf.optimizations.filter(({ standing }) => standing.state !== 'advised');
    const ended = (state: string): number => trials.filter(({ standing }) => standing.state === state).length;
    const models = training.books.map(({ version, body }) => readModel(version, body)).toReversed();
    const signs = [
      ...this.#anomalySigns,
      ...processors.turns.flatMap((turn, index) => this.#turnSign(turn, index) ?? []),
      ...this.#alertSigns(),
      ...foretold.map((one) => this.#predictionSign(one)),
    ];
    return {
      ...told,
      signs: signs.filter(({ minute }) => minute >= 0).toSorted((left, right) => left.minute - right.minute),
      risks: KNOWN_FAULTS.map(({ name }) => ({ fault: name, atRisk: this.#risks.get(name) ?? null })),
      turns: processors.turns.map(({ processorId, change }) => ({
        ...{ minute: this.#minuteOf(change.atMs), processor: processorId, scope: change.scope, to: change.to },
      })),
      actions: healing.actions.map((action) => this.#acted(action)),
      predictions: foretold.map((one) => this.#foretold(one)),
      stillOpen: registry.configuration.processors.flatMap(({ id }) => this.#openBreakersOf(id)),
      tunings: { tried: trials.length, kept: ended('kept'), reverted: ended('reverted') },
      windows: predictions.windows.map(({ processorId, window, predictionId }) => ({
        ...{ processor: processorId, minute: this.#minuteOf(window.fromMs), predictionId },
      })),
      scalings: registry.scalings.map(({ atMs, from, to }) => ({ minute: this.#minuteOf(atMs), from, to })),
      models: models.map(({ trainedAtMs, state, reason }) => ({ minute: this.#minuteOf(trainedAtMs), state, reason })),
      armsStopped: registry.configuration.experiments.filter(({ run }) => (run?.stopped ?? null) !== null).length,
      jobs: [...jobs.tallies].map(([name, tally]) => ({ name, ...tally })),
      jobFault: jobs.faults[0] ?? null,
    };
  }

  #minuteOf(ms: number): number {
    return (ms - this.#startMs) / MINUTE_MS;
  }

  #turnSign({ processorId, change }: Turn, index: number): Sign | null {
    if (change.to !== 'OPEN') return null;
    const place = placeIn(processorId, change.scope);
    return {
      ...{ by: 'breaker', id: `turn_${index}`, minute: this.#minuteOf(change.atMs), kind: 'breaker', place },
      ...{ words: `${processorId} ${change.scope} opened`, blames: [{ names: [place], verdict: 'processor' }] },
    };
  }

  /**
   * A word that is told again in newer figures says nothing new. That approvals fell at one processor tells where it was seen, against its own past, and
   * not by whose doing: it knows no other's.
   */
  #alertSigns(): Sign[] {
    const last = new Map<string, string>();
    return this.#house.processors.alertWords.flatMap(({ atMs, alert }): Sign[] => {
      const { id, kind, processorId, segment, closedAtMs } = alert;
      const words = `${kind} of ${processorId} ${segment}`;
      if (closedAtMs !== null || last.get(id) === words) return [];
      last.set(id, words);
      const place = placeIn(processorId, segment);
      const verdict = processorId === '*' ? 'issuer' : 'processor';
      const isSeenOnly = APPROVALS.includes(kind) && processorId !== '*';
      const sign = { by: FINDERS[kind] ?? ('alert' as const), id, minute: this.#minuteOf(atMs), kind, words, place };
      return [{ ...sign, blames: isSeenOnly ? [] : [{ names: [place], verdict }] }];
    });
  }

  #predictionSign({ id, kind, processorId, openedAtMs }: OpenPrediction): Sign {
    const place = { processor: processorId };
    return {
      ...{ by: 'foretell-trouble', id, minute: this.#minuteOf(openedAtMs), kind, place },
      ...{ words: `${kind} of ${processorId}`, blames: [{ names: [place], verdict: 'processor' }] },
    };
  }

  #acted({ kind, processorId, subject, plannedAtMs, symptomAtMs, standing }: HealingAction): SeenAction {
    const end = standing.state === 'ended' ? standing : null;
    return {
      ...{ kind, processor: processorId, scope: subject, minute: this.#minuteOf(plannedAtMs) },
      afterMinutes: Math.max(0, (plannedAtMs - symptomAtMs) / MINUTE_MS),
      outcome: end?.outcome ?? null,
      recoveryMinutes: inMinutes(end?.recoveryMs ?? null),
    };
  }

  #foretold(prediction: OpenPrediction | EndedPrediction): SeenPrediction {
    const { id, kind, processorId, openedAtMs, probabilityAtOpening } = prediction;
    const end = 'outcome' in prediction ? prediction : null;
    const troubleAtMs = end?.troubleAtMs ?? null;
    return {
      ...{ id, kind, processor: processorId, minute: this.#minuteOf(openedAtMs), probability: probabilityAtOpening },
      outcome: end?.outcome ?? null,
      troubleMinute: troubleAtMs === null ? null : this.#minuteOf(troubleAtMs),
    };
  }

  #openBreakersOf(processorId: string): string[] {
    const state = [...this.#house.processors.states.values()].find(({ address }) => address.id === processorId);
    const row = state?.row(this.#house.now);
    if (row === undefined) return [];
    const scopes = [
      ['*', row.breaker] as const,
      ...row.segments.map(({ segment, breaker }) => [segment, breaker] as const),
    ];
    return scopes.flatMap(([scope, { state: its }]) => (its === 'CLOSED' ? [] : [`${processorId} ${scope}`]));
  }
}

const inMinutes = (ms: number | null): number | null => (ms === null ? null : ms / MINUTE_MS);

function placeIn(processorId: string, segment: SegmentKey): Combination {
  const processor = processorId === '*' ? {} : { processor: processorId };
  if (segment === RESIDUAL) return processor;
  const { paymentMethod: method, country } = segmentParts(segment);
  return { ...processor, method, country };
}

function signOf({ id, kind, scope, causes }: Anomaly, words: string, minute: number): Sign {
  const { processorId, segment } = scopeParts(scope);
  return {
    ...{ by: 'find-anomalies', id, minute, kind, words, place: placeIn(processorId, segment) },
    blames: causes
      .slice(0, NAMED_MAX)
      .map(({ combination, alsoNamed, verdict }) => ({ names: [combination, ...alsoNamed], verdict })),
  };
}
