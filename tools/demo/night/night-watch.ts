// Looks at the night demo's house after each minute as an operator's screen would, and keeps what is to be told of it.
import type { Anomaly } from '../../../src/domain/payment-anomalies/anomaly.ts';
import { anomalyText } from '../../../src/domain/payment-anomalies/anomaly-alert.ts';
import type { EndedPrediction, OpenPrediction } from '../../../src/domain/predictions/prediction-book.ts';
import type { HealingAction } from '../../../src/domain/healing/healing-action.ts';
import type { JobTally, Naming, NightRecord, SeenAction, SeenAnomaly, SeenPrediction } from './night-record.ts';
import { MINUTE_MS } from '../../../src/domain/payment-anomalies/reading-plan.ts';
import type { NightHouse } from './night-house.ts';
import type { NightJobs } from './night-jobs.ts';

type Told = Pick<NightRecord, 'payments' | 'quietPayments' | 'losses' | 'forecast'>;

export class NightWatch {
  readonly #house: NightHouse;
  readonly #startMs: number;
  readonly #noticed = new Map<string, number>();
  readonly #namings = new Map<string, Naming[]>();

  constructor(house: NightHouse, startMs: number) {
    [this.#house, this.#startMs] = [house, startMs];
  }

  look(minute: number): void {
    for (const { id, causes, localisedMinute } of this.#house.anomalies.anomalies) {
      if (!this.#noticed.has(id)) this.#noticed.set(id, minute);
      const [cause] = causes;
      const namings = this.#namings.get(id) ?? [];
      this.#namings.set(id, namings);
      if (cause === undefined || localisedMinute === null) continue;
      const { combination, alsoNamed, verdict } = cause;
      const last = namings.at(-1);
      if (last?.cause === combination) continue;
      namings.push({ minute, cause: combination, alsoNamed, verdict });
    }
  }

  /** What was seen of the played days; what the quiet days raised was told to nobody. */
  record(told: Told, jobs: NightJobs): NightRecord {
    const { processors, healing, predictions, tuning, anomalies, configuration } = this.#house;
    const { book } = predictions.shelf;
    const trials = tuning.shelf.optimizations.filter(({ standing }) => standing.state !== 'advised');
    const ended = (state: string): number => trials.filter(({ standing }) => standing.state === state).length;
    return {
      ...told,
      anomalies: anomalies.anomalies
        .filter(({ closedMinute }) => closedMinute === null || closedMinute * MINUTE_MS >= this.#startMs)
        .map((anomaly) => this.#seen(anomaly)),
      turns: processors.turns.map(({ processorId, change }) => ({
        ...{ minute: this.#minuteOf(change.atMs), processor: processorId, scope: change.scope, to: change.to },
      })),
      alerts: [...processors.alerts.values()].map(({ openedAtMs, processorId, segment, kind }) => ({
        ...{ minute: this.#minuteOf(openedAtMs), processor: processorId, scope: segment, kind },
      })),
      actions: healing.actions.map((action) => this.#acted(action)),
      predictions: [...book.ended, ...book.open].map((one) => this.#foretold(one)),
      stillOpen: configuration.processors.flatMap(({ id }) => this.#openBreakersOf(id)),
      tunings: { tried: trials.length, kept: ended('kept'), reverted: ended('reverted') },
      windows: predictions.windows.map(({ processorId, window }) => ({
        ...{ processor: processorId, minute: this.#minuteOf(window.fromMs) },
      })),
      jobs: [...jobs.tallies].map(([name, tally]): JobTally => ({ name, ...tally })),
      jobFault: jobs.faults[0] ?? null,
    };
  }

  #minuteOf(ms: number): number {
    return (ms - this.#startMs) / MINUTE_MS;
  }

  #seen(anomaly: Anomaly): SeenAnomaly {
    const { id, kind, severity, closedMinute, closedAs, atRisk } = anomaly;
    return {
      ...{ kind, severity, atRisk, text: anomalyText(anomaly), isJoined: closedAs === 'joined' },
      noticedMinute: this.#noticed.get(id) ?? 0,
      closedMinute: closedMinute === null ? null : closedMinute - this.#startMs / MINUTE_MS,
      namings: this.#namings.get(id) ?? [],
    };
  }

  #acted({ kind, processorId, subject, plannedAtMs, standing }: HealingAction): SeenAction {
    const end = standing.state === 'ended' ? standing : null;
    return {
      ...{ kind, processor: processorId, scope: subject, minute: this.#minuteOf(plannedAtMs) },
      outcome: end?.outcome ?? null,
      recoveryMinutes: inMinutes(end?.recoveryMs ?? null),
    };
  }

  #foretold(prediction: OpenPrediction | EndedPrediction): SeenPrediction {
    const { kind, processorId, openedAtMs, probabilityAtOpening } = prediction;
    const end = 'outcome' in prediction ? prediction : null;
    const troubleAtMs = end?.troubleAtMs ?? null;
    return {
      ...{ kind, processor: processorId, minute: this.#minuteOf(openedAtMs), probability: probabilityAtOpening },
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
