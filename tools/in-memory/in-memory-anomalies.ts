// The book of anomalies in one process: the real watches over a map, a history that a test fills minute by minute, and who was told.
import type { Anomaly } from '../../src/domain/payment-anomalies/anomaly.ts';
import type { AnomalyAlert } from '../../src/domain/payment-anomalies/anomaly-alert.ts';
import type { AnomalyBookPort, AnomalyDesk, AnomalyHistoryPort, CauseQuestion } from '../../src/ports/anomaly-port.ts';
import { ANOMALY_SETTINGS_DEFAULT } from '../../src/domain/payment-anomalies/anomaly-settings.ts';
import { anomalyFigures } from '../../src/domain/payment-anomalies/anomaly-statistics.ts';
import { areAlike, type CauseWindow, isExplainable } from '../../src/domain/payment-anomalies/explain-anomaly.ts';
import {
  currencyIn,
  type KeptScope,
  learnMinutes,
  type Learned,
  type ScopeMinute,
  setBack,
} from '../../src/domain/payment-anomalies/house-watch.ts';
import { type ActLog, NO_ACTS } from '../../src/domain/payment-anomalies/known-acts.ts';
import { EMPTY_INCIDENT_BOOK, type IncidentBook } from '../../src/domain/payment-anomalies/incident-book.ts';
import type { HistoryFault } from '../../src/ports/history-port.ts';
import { type GivenFeedback, judgeAnomaly } from '../../src/domain/payment-anomalies/judge-anomaly.ts';
import type { MaintenanceWindow } from '../../src/domain/predictions/maintenance-window.ts';
import { MINUTE_MS, type Unsent } from '../../src/domain/payment-anomalies/reading-plan.ts';
import { withCauses } from '../../src/domain/payment-anomalies/anomaly.ts';

export interface AnomalyCircumstances {
  /** What history has of a minute. */
  minuteOf: (minute: number) => readonly ScopeMinute[];
  causesOf: (question: CauseQuestion) => { readonly usual: CauseWindow; readonly during: CauseWindow };
  hasHistory: boolean;
  fault: HistoryFault | null;
  unsent: Unsent;
  windows: readonly MaintenanceWindow[];
  registryFault: Error | null;
  throughMinute: number | null;
  /** Oldest first. */
  anomalies: readonly Anomaly[];
  incidents: IncidentBook;
  acts: ActLog;
  scopes: Map<string, KeptScope>;
  settings: typeof ANOMALY_SETTINGS_DEFAULT;
  revision: number;
  readonly feedback: GivenFeedback[];
  /** Revisions that people have heard of. */
  readonly heard: Map<string, number>;
  readonly asked: (readonly [from: number, through: number])[];
  readonly alerted: AnomalyAlert[];
  readonly told: Anomaly[];
}

const NO_CAUSES: CauseWindow = { minutes: 1, leaves: [] };

export const noAnomalies = (): AnomalyCircumstances => ({
  minuteOf: () => [],
  causesOf: () => ({ usual: NO_CAUSES, during: NO_CAUSES }),
  hasHistory: true,
  fault: null,
  unsent: null,
  windows: [],
  registryFault: null,
  throughMinute: null,
  anomalies: [],
  incidents: EMPTY_INCIDENT_BOOK,
  acts: NO_ACTS,
  scopes: new Map(),
  settings: ANOMALY_SETTINGS_DEFAULT,
  revision: 0,
  feedback: [],
  heard: new Map(),
  asked: [],
  alerted: [],
  told: [],
});

export function anomaliesOf(set: AnomalyCircumstances): AnomalyDesk {
  return {
    book: bookOf(set),
    get history() {
      return set.hasHistory ? historyOf(set) : null;
    },
    unsent: () => Promise.resolve(set.unsent),
    windows: () => Promise.resolve(set.windows),
    alert: (alerts) => {
      if (set.registryFault !== null) return Promise.reject(set.registryFault);
      return Promise.resolve(void set.alerted.push(...alerts));
    },
    tell: (anomalies) => Promise.resolve(void set.told.push(...anomalies)),
  };
}

function historyOf(set: AnomalyCircumstances): AnomalyHistoryPort {
  const answer = <Value>(value: () => Value) =>
    Promise.resolve(
      set.fault === null ? { ok: true as const, value: value() } : { ok: false as const, fault: set.fault },
    );
  return {
    minutes: async (from, through) => {
      set.asked.push([from, through]);
      return await answer(() =>
        Array.from({ length: through - from + 1 }, (_, index) => set.minuteOf(from + index)).flat(),
      );
    },
    causes: async (question) => await answer(() => set.causesOf(question)),
  };
}

const bookOf = (set: AnomalyCircumstances): AnomalyBookPort => ({ ...learningOf(set), ...askingOf(set) });

function put(set: AnomalyCircumstances, anomaly: Anomaly): void {
  const at = set.anomalies.findIndex(({ id }) => id === anomaly.id);
  set.anomalies = at < 0 ? [...set.anomalies, anomaly] : set.anomalies.with(at, anomaly);
}

const oneOf = (set: AnomalyCircumstances, id: string): Anomaly | null =>
  set.anomalies.find((each) => each.id === id) ?? null;

function learningOf(
  set: AnomalyCircumstances,
): Pick<AnomalyBookPort, 'learn' | 'setBack' | 'unexplained' | 'explain' | 'untold' | 'told'> {
  let drawn = 0;
  const draw = (): string => `ano_${(drawn += 1).toString(16)}`;
  const save = ({ book, acts, anomalies }: Learned, throughMinute: number): void => {
    set.incidents = book;
    set.acts = acts;
    for (const anomaly of anomalies) put(set, anomaly);
    set.throughMinute = throughMinute;
  };
  const house = () => ({ scopes: set.scopes, book: set.incidents, anomalies: set.anomalies, acts: set.acts });
  return {
    learn: (batch) => {
      const isNext =
        batch.afterMinute === set.throughMinute && (set.throughMinute === null || batch.fromMinute > set.throughMinute);
      if (!isNext) return Promise.resolve({ learned: false, opened: 0, closed: 0 });
      const before = set.anomalies.length;
      save(learnMinutes(house(), batch, set.settings, { symptom: draw, anomaly: draw }), batch.throughMinute);
      return Promise.resolve({ learned: true, opened: set.anomalies.length - before, closed: 0 });
    },
    setBack: (minute) => Promise.resolve(save(setBack(house(), minute), minute)),
    unexplained: (limit) =>
      Promise.resolve(
        set.anomalies
          .filter(({ kind, closedMinute, localisedMinute }) => {
            const isDue = localisedMinute === null || localisedMinute + 5 <= (set.throughMinute ?? 0);
            return closedMinute === null && isExplainable(kind) && isDue;
          })
          .slice(0, limit),
      ),
    explain: (id, causes, minute) => {
      const anomaly = oneOf(set, id);
      if (anomaly !== null) put(set, withCauses(anomaly, causes, minute, areAlike(anomaly.causes, causes)));
      return Promise.resolve();
    },
    untold: (limit) =>
      Promise.resolve(set.anomalies.filter(({ id, revision }) => (set.heard.get(id) ?? 0) < revision).slice(0, limit)),
    told: (anomalies) => {
      for (const { id, revision } of anomalies) set.heard.set(id, revision);
      return Promise.resolve();
    },
  };
}

function askingOf(set: AnomalyCircumstances): Omit<AnomalyBookPort, keyof ReturnType<typeof learningOf>> {
  const standing = () => {
    const { attempts = 0, minutes = 0 } = set.scopes.get('*')?.watch.recent ?? {};
    return {
      throughMinute: set.throughMinute,
      settings: set.settings,
      settingsRevision: set.revision,
      scopes: set.scopes.size,
      attemptsPerMinute: minutes > 0 ? attempts / minutes : 0,
      currency: set.scopes.get('*')?.currency ?? '',
    };
  };
  return {
    standing: () => Promise.resolve(standing()),
    judge: (given) => {
      const anomaly = oneOf(set, given.anomalyId);
      if (anomaly === null) return Promise.resolve(null);
      const moment = { minute: set.throughMinute ?? 0, currencyOf: currencyIn(set.scopes) };
      const judged = judgeAnomaly(set.incidents, anomaly, given.verdict, moment);
      if (judged.anomaly !== anomaly) set.feedback.push(given);
      set.incidents = judged.book;
      put(set, judged.anomaly);
      return Promise.resolve(judged.anomaly);
    },
    page: ({ state, kind, severity, sinceMs = 0 }, cursor, limit) => {
      const all = set.anomalies
        .map((anomaly, index) => ({ anomaly, number: index + 1 }))
        .filter(({ anomaly, number }) => {
          const isOpen = anomaly.closedMinute === null;
          const changedMs = (anomaly.closedMinute ?? anomaly.seenMinute) * MINUTE_MS;
          return (
            (cursor === null || number < Number(cursor)) &&
            (state === undefined || (state === 'open') === isOpen) &&
            (kind === undefined || kind === anomaly.kind) &&
            (severity === undefined || severity === anomaly.severity) &&
            changedMs >= sinceMs
          );
        })
        .toReversed();
      const shown = all.slice(0, limit);
      const nextCursor = all.length > limit ? String(shown.at(-1)!.number) : null;
      return Promise.resolve({ items: shown.map(({ anomaly }) => anomaly), nextCursor });
    },
    one: (id) => Promise.resolve(oneOf(set, id)),
    figures: () =>
      Promise.resolve(
        anomalyFigures(
          set.anomalies
            .filter(({ closedAs }) => closedAs !== 'joined')
            .map((each) => ({ ...each, isOpen: each.closedMinute === null })),
        ),
      ),
    configure: (settings, ifMatch) => {
      if (ifMatch !== null && ifMatch !== set.revision) return Promise.resolve('stale' as const);
      set.settings = settings;
      set.revision += 1;
      return Promise.resolve(standing());
    },
  };
}
