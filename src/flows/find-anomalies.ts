// One run of finding anomalies: learns the minutes of history since the last, looks for causes, and tells people. Rules: SPEC.md [ANM].
import { actsNow, type KnownAct } from '../domain/payment-anomalies/known-acts.ts';
import { alertOf } from '../domain/payment-anomalies/anomaly-alert.ts';
import type { AnomalyDesk, AnomalyHistoryPort, AnomalyStanding } from '../ports/anomaly-port.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import { explainAnomaly } from '../domain/payment-anomalies/explain-anomaly.ts';
import type { HistoryFault } from '../ports/history-port.ts';
import {
  duringMinutes,
  MINUTE_MS,
  minutesPerQuestion,
  planReading,
  usualMinutes,
} from '../domain/payment-anomalies/reading-plan.ts';

export interface AnomalyRun {
  readonly now: number;
  /** Told to stop between two questions. */
  readonly signal: AbortSignal;
  readonly count: (counts: Readonly<Record<string, number>>) => void;
}

/** Questions that fail one after the other, each for an eighth of the minutes of the one before. */
const FAILURES_MAX = 2;
const EXPLAINED_MAX = 3;
/** Before an anomaly was noticed it had begun. */
const BEGAN_BEFORE_MINUTES = 2;
/** The usual ends some time before that, for who knows when it began. */
const USUAL_BEFORE_MINUTES = 20;
const TOLD_MAX = 50;
/** While more than this is still to be read, what is found is of former times, and nobody is woken. */
const BEHIND_MAX_MINUTES = 15;

/** Throws after all was done that could be, if something could not. What is left of it the next run finds in the book. */
export async function findAnomalies(
  desk: AnomalyDesk,
  { processors, overrides }: Pick<Configuration, 'processors' | 'overrides'>,
  run: AnomalyRun,
): Promise<void> {
  const { book, history } = desk;
  const standing = await book.standing();
  if (history === null || !standing.settings.enabled) return;
  const unsent = await Promise.all(processors.map(async (one) => await desk.unsent(one)));
  const plan = planReading(run.now, standing.throughMinute, unsent);
  if (plan.isSetBack) await book.setBack(plan.fromMinute - 1);
  const expected = processors.filter(({ enabled }) => enabled).map(({ id }) => id);
  const after = plan.isSetBack ? plan.fromMinute - 1 : standing.throughMinute;
  const acts = actsNow({ overrides }, await desk.windows(), run.now);
  const read = await learnFrom(history, desk, { ...run, ...plan, standing, after, expected, acts });
  const fault = read.fault ?? (run.signal.aborted ? null : await explain(history, desk, run));
  const behind = Math.floor(run.now / MINUTE_MS) - (read.through ?? 0);
  if (behind <= BEHIND_MAX_MINUTES) await passOn(desk, run);
  if (fault !== null) throw new Error(fault);
}

interface Reading extends AnomalyRun {
  readonly standing: AnomalyStanding;
  readonly after: number | null;
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly expected: readonly string[];
  readonly acts: readonly KnownAct[];
}

interface Read {
  readonly through: number | null;
  readonly fault: string | null;
}

async function learnFrom(history: AnomalyHistoryPort, { book }: AnomalyDesk, reading: Reading): Promise<Read> {
  const { standing, untilMinute, expected, acts, signal, count } = reading;
  let [through, from, failures] = [reading.after, reading.fromMinute, 0];
  const sums = { minutes_learned: 0, anomalies_opened: 0, anomalies_closed: 0 };
  count({ ...sums, minutes_behind: Math.max(0, untilMinute - from + 1) });
  while (from <= untilMinute && !signal.aborted) {
    const minutes = minutesPerQuestion(standing.attemptsPerMinute, standing.scopes, failures);
    const throughMinute = Math.min(untilMinute, from + minutes - 1);
    const told = await history.minutes(from, throughMinute);
    if (!told.ok) {
      failures += 1;
      // A question for less may be answered in time; whoever does not answer at all is not asked on.
      if (told.fault.reason !== 'unreachable' || failures > FAILURES_MAX || minutes === 1)
        return { through, fault: wordOf(told.fault) };
      continue;
    }
    const batch = { afterMinute: through, fromMinute: from, throughMinute, minutes: told.value, expected, acts };
    const { learned, opened, closed } = await book.learn(batch);
    // Another run is at it, and goes on from there.
    if (!learned) break;
    sums.minutes_learned += throughMinute - from + 1;
    sums.anomalies_opened += opened;
    sums.anomalies_closed += closed;
    [through, from] = [throughMinute, throughMinute + 1];
    count({ ...sums, minutes_behind: untilMinute - throughMinute });
  }
  return { through, fault: null };
}

async function explain(history: AnomalyHistoryPort, { book }: AnomalyDesk, run: AnomalyRun): Promise<string | null> {
  const { throughMinute, attemptsPerMinute, currency } = await book.standing();
  if (throughMinute === null) return null;
  for (const { id, kind, openedMinute } of await book.unexplained(EXPLAINED_MAX)) {
    if (run.signal.aborted) return null;
    const from = Math.max(openedMinute - BEGAN_BEFORE_MINUTES, throughMinute - duringMinutes(attemptsPerMinute) + 1);
    const usualThrough = openedMinute - USUAL_BEFORE_MINUTES;
    const usualFrom = usualThrough - usualMinutes(attemptsPerMinute) + 1;
    const told = await history.causes({ usualFrom, usualThrough, from, through: throughMinute, currency });
    if (!told.ok) return wordOf(told.fault);
    await book.explain(id, explainAnomaly(kind, told.value.usual, told.value.during), throughMinute);
  }
  return null;
}

/** To people who have not heard of it yet: the Registry first, for who dies after that tells it what it has heard. */
async function passOn(desk: AnomalyDesk, { count }: AnomalyRun): Promise<void> {
  const anomalies = await desk.book.untold(TOLD_MAX);
  if (anomalies.length === 0) return;
  await desk.alert(anomalies.flatMap((anomaly) => alertOf(anomaly) ?? []));
  await desk.book.told(anomalies);
  await desk.tell(anomalies);
  count({ anomalies_told: anomalies.length });
}

function wordOf(fault: HistoryFault): string {
  return `history is ${fault.reason}${'code' in fault ? ` (${fault.code})` : ''}`;
}
