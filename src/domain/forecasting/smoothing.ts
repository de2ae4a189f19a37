// The member that needs least: a level, a damped trend, a day and a week that each follow the series at their own pace (Taylor 2003, with Gardner and McKenzie's damping).
import type { Member, PreparedSeries } from './member.ts';

/** How fast each part follows, and how much of the last error comes again. */
interface Pace {
  readonly level: number;
  readonly trend: number;
  readonly day: number;
  readonly week: number;
  readonly echo: number;
}

const PARTS = ['level', 'trend', 'day', 'week', 'echo'] as const;
const MOST: Pace = { level: 0.6, trend: 0.3, day: 0.9, week: 0.9, echo: 0.99 };
const FIRST: Pace = { level: 0.1, trend: 0, day: 0.15, week: 0.15, echo: 0.5 };
const FIRST_STRIDE: Pace = { level: 0.1, trend: 0.02, day: 0.1, week: 0.1, echo: 0.2 };
const ROUNDS = 12;
const DAMPING = 0.99;

interface State {
  readonly day: Float64Array;
  readonly week: Float64Array;
  level: number;
  trend: number;
  error: number;
}

export const smoothing: Member = ({ series, origins, horizon }) => {
  const pace = bestPace(series);
  const paths: Float64Array[] = [];
  const state = firstState(series);
  let from = 0;
  for (const origin of origins) {
    follow(series, pace, state, { from, to: origin });
    from = origin;
    paths.push(ahead(series, pace, state, { origin, horizon }));
  }
  return paths;
};

function firstState({ values, period, week }: PreparedSeries): State {
  const days = Math.max(1, Math.min(Math.floor(values.length / period), week > 0 ? (2 * week) / period : 4));
  const seasonal = period > 1 && days > 1;
  const day = new Float64Array(period);
  const weekly = new Float64Array(Math.max(1, week));
  const first = Math.min(values.length, period);
  let level = 0;
  for (let t = 0; t < first; t++) level += values[t]! / first;
  if (!seasonal) return { day, week: weekly, level, trend: 0, error: 0 };
  const levels = Array.from({ length: days }, (_, d) => meanOf(values, d * period, (d + 1) * period));
  for (let t = 0; t < days * period; t++) day[t % period]! += (values[t]! - levels[Math.floor(t / period)]!) / days;
  return { day, week: weekly, level, trend: 0, error: 0 };
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let t = from; t < to; t++) sum += values[t]!;
  return sum / (to - from);
}

/** Follows the series; the sum of what was missed one step ahead. */
function follow(
  { values, known, period, week }: PreparedSeries,
  pace: Pace,
  state: State,
  span: { from: number; to: number; countedFrom?: number },
): number {
  const { day, week: weekly } = state;
  const counted = span.countedFrom ?? 0;
  let missed = 0;
  for (let t = span.from; t < span.to; t++) {
    const atDay = t % period;
    const atWeek = week > 0 ? t % week : 0;
    const drifted = state.level + DAMPING * state.trend;
    const residual = known[t] === 1 ? values[t]! - drifted - day[atDay]! - weekly[atWeek]! : pace.echo * state.error;
    if (t >= counted) missed += Math.abs(residual - pace.echo * state.error);
    state.error = residual;
    state.level = drifted + pace.level * residual;
    state.trend = DAMPING * state.trend + pace.trend * residual;
    if (period > 1) day[atDay]! += pace.day * residual;
    if (week > 0) weekly[atWeek]! += pace.week * residual;
  }
  return missed;
}

function ahead(
  { period, week }: PreparedSeries,
  pace: Pace,
  state: State,
  { origin, horizon }: { origin: number; horizon: number },
): Float64Array {
  const path = new Float64Array(horizon);
  let { level, trend, error } = state;
  for (let step = 0; step < horizon; step++) {
    const t = origin + step;
    trend *= DAMPING;
    level += trend;
    error *= pace.echo;
    path[step] = level + error + state.day[t % period]! + (week > 0 ? state.week[t % week]! : 0);
  }
  return path;
}

/** Coordinate search: every part a stride up or down as long as that helps, then half a stride. */
function bestPace(series: PreparedSeries): Pace {
  const { values, period, week } = series;
  const end = values.length;
  const countedFrom = Math.min(week > 0 ? week : 2 * period, Math.floor(end / 2));
  const judge = (pace: Pace): number => follow(series, pace, firstState(series), { from: 0, to: end, countedFrom });
  const parts = PARTS.filter((part) => (part !== 'day' || period > 1) && (part !== 'week' || week > 0));
  let best = FIRST;
  let least = judge(best);
  let stride = 1;
  for (let round = 0; round < ROUNDS; round++) {
    let found = false;
    for (const part of parts)
      for (const sign of [1, -1]) {
        const moved = Math.min(MOST[part], Math.max(0, best[part] + sign * stride * FIRST_STRIDE[part]));
        if (moved === best[part]) continue;
        const pace = { ...best, [part]: moved };
        const missed = judge(pace);
        if (missed < least) [best, least, found] = [pace, missed, true];
      }
    if (!found) stride /= 2;
  }
  return best;
}
