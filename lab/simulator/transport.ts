// Who is served where when room is scarce: the transportation problem, solved exactly by the best augmentation again and again.

export interface TransportProblem {
  /** By origin: how much there is to place; what is placed nowhere gains nothing. */
  readonly supply: readonly number[];
  /** By destination. */
  readonly room: readonly number[];
  /** By origin and destination, for each unit; `-Infinity` where it may not go. */
  readonly gain: readonly (readonly number[])[];
}

export interface TransportPlan {
  /** By origin and destination. */
  readonly flow: readonly (readonly number[])[];
  /**
   * By destination: what one unit more of its room would gain, never below zero (the dual solution): for any supply, room and gain near
   * these, sum(supply x max(0, gain - price)) + sum(room x price) is no less than what can be gained.
   */
  readonly prices: readonly number[];
}

/** Of an amount, and of a gain beside the largest one. */
const NOTHING = 1e-12;

interface Step {
  readonly origin: number;
  /** The destination that the origin leaves for this one; `null`: it was placed nowhere. */
  readonly from: number | null;
}

export function transport(problem: TransportProblem): TransportPlan {
  const left = [...problem.supply];
  const free = [...problem.room];
  const flow = problem.gain.map((row) => row.map(() => 0));
  const gains = problem.gain.flat().filter((each) => Number.isFinite(each));
  const least = NOTHING * gains.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0);
  const state: State = { gain: problem.gain, left, free, flow, least };
  for (let target = augment(state); target !== null; target = augment(state));
  return { flow, prices: pricesOf(state) };
}

interface State {
  readonly gain: readonly (readonly number[])[];
  readonly left: number[];
  readonly free: number[];
  readonly flow: number[][];
  /** A gain of no more is none. */
  readonly least: number;
}

/** Moves as much as goes along the path that gains most; `null`: none gains anything. */
function augment(state: State): number | null {
  const { left, free, flow, least } = state;
  const { worth, steps } = bestPaths(state);
  let target = -1;
  for (const [place, room] of free.entries())
    if (room > NOTHING && worth[place]! > (target < 0 ? least : worth[target]!)) target = place;
  if (target < 0) return null;
  const path: { readonly step: Step; readonly to: number }[] = [];
  for (let to: number | null = target; to !== null; to = path.at(-1)!.step.from) {
    if (path.length === free.length) throw new Error('a path of augmentation goes in a circle');
    path.push({ step: steps[to]!, to });
  }
  const first = path.at(-1)!.step.origin;
  let amount = Math.min(free[target]!, left[first]!);
  for (const { step } of path) if (step.from !== null) amount = Math.min(amount, flow[step.origin]![step.from]!);
  for (const { step, to } of path) {
    flow[step.origin]![to]! += amount;
    if (step.from !== null) flow[step.origin]![step.from]! -= amount;
  }
  left[first]! -= amount;
  free[target]! -= amount;
  return target;
}

/** Bellman and Ford: the most that a unit not yet placed gains by reaching each destination, others making way for it. */
function bestPaths({ gain, left, flow, least }: State): { readonly worth: number[]; readonly steps: (Step | null)[] } {
  const places = gain[0]?.length ?? 0;
  const worth = new Array<number>(places).fill(-Infinity);
  const steps = new Array<Step | null>(places).fill(null);
  for (const [origin, row] of gain.entries())
    if (left[origin]! > NOTHING)
      for (let to = 0; to < places; to += 1)
        if (row[to]! > worth[to]!) {
          worth[to] = row[to]!;
          steps[to] = { origin, from: null };
        }
  for (let round = 1, isMoved = true; isMoved && round < places; round += 1) {
    isMoved = false;
    for (const [origin, row] of gain.entries())
      for (let from = 0; from < places; from += 1) {
        if (flow[origin]![from]! <= NOTHING) continue;
        for (let to = 0; to < places; to += 1) {
          const reached = worth[from]! - row[from]! + row[to]!;
          if (reached <= worth[to]! + least) continue;
          worth[to] = reached;
          steps[to] = { origin, from };
          isMoved = true;
        }
      }
  }
  return { worth, steps };
}

/** What a unit of room more would draw there: someone not yet placed, or someone placed elsewhere, whose room is then free for others. */
function pricesOf({ gain, left, free, flow, least }: State): number[] {
  const places = free.length;
  const prices = new Array<number>(places).fill(0);
  for (let round = 0, isMoved = true; isMoved && round <= places; round += 1) {
    isMoved = false;
    for (const [origin, row] of gain.entries())
      for (let from = -1; from < places; from += 1) {
        if (from < 0 ? left[origin]! <= NOTHING : flow[origin]![from]! <= NOTHING) continue;
        const kept = from < 0 ? 0 : row[from]! - prices[from]!;
        for (let to = 0; to < places; to += 1) {
          if (free[to]! > NOTHING || row[to]! - kept <= prices[to]! + least) continue;
          prices[to] = row[to]! - kept;
          isMoved = true;
        }
      }
  }
  return prices;
}
