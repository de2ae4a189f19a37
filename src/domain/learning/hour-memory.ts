// What each hour of the day was like on former days, and how often that came again. Hours are UTC, and told as arguments.
import { floatsOf, textOf } from './float-text.ts';
import { HOURS, jumpAt, type HourJump, type PastHours } from './hour-forecast.ts';

const HOUR_MS = 3_600_000;
/** What former days still count for when another one is over. */
const DAY_KEPT = 0.5;
/** How likely a jump is to come again before any did, as so many that did and did not. */
const HELD = 1;
const MISSED = 1;
/** Jumps that this judgement rests on at most. */
const JUDGED_MAX = 10;
/** Nothing an hour says is more than certain, in nats. */
const SAID_MAX = 30;

/** Rates that an hour is expected to have: after its jump, and without it. */
export type Foretold = readonly [jumped: number, stayed: number];

export interface HourMemory {
  /** The running hour, since 1970; `null`: none has begun. */
  hour: number | null;
  /** The first hour there was. */
  since: number;
  /** Of the running hour, in outcomes. */
  approved: number;
  outcomes: number;
  readonly past: PastHours;
  /** Jumps that came again, and that did not. */
  held: number;
  missed: number;
  /** Of the running hour; `null`: it is like the one before. */
  foretold: Foretold | null;
}

export function createHours(): HourMemory {
  return {
    hour: null,
    since: 0,
    approved: 0,
    outcomes: 0,
    past: { approved: new Float32Array(HOURS), outcomes: new Float32Array(HOURS) },
    held: HELD,
    missed: MISSED,
    foretold: null,
  };
}

/** An outcome of a payment of `atMs`; `approval`: 1 or 0, or what it stands for where its circumstances spoke for or against it. One of an hour that is over comes too late to be of use, and one of an hour to come is a wrong clock's. */
export function noteHour(memory: HourMemory, approval: number, weight: number, atMs: number): void {
  if (Math.floor(atMs / HOUR_MS) !== memory.hour) return;
  memory.outcomes += weight;
  memory.approved += approval * weight;
}

/** Lets hours end until `now`. `jump` is called for each that by former days begins with one, and says what is to be judged by it. */
export function passHours(
  memory: HourMemory,
  now: number,
  jump: (to: HourJump, chance: number) => Foretold | null,
): void {
  const hour = Math.floor(now / HOUR_MS);
  if (memory.hour === null) {
    memory.hour = memory.since = hour;
    return;
  }
  while (memory.hour < hour) {
    const foretold = memory.hour + 1 - memory.since < HOURS ? null : jumpAt(memory.past, (memory.hour + 1) % HOURS);
    endHour(memory);
    // Of a longer silence only the last day is gone through.
    memory.hour = Math.max(memory.hour + 1, hour - HOURS);
    if (foretold !== null) memory.foretold = jump(foretold, memory.held / (memory.held + memory.missed));
  }
}

function endHour(memory: HourMemory): void {
  const { approved, outcomes, past, foretold } = memory;
  memory.foretold = null;
  if (outcomes === 0) return;
  if (foretold !== null) judge(memory, foretold);
  const slot = memory.hour! % HOURS;
  past.approved[slot] = past.approved[slot]! * DAY_KEPT + approved;
  past.outcomes[slot] = past.outcomes[slot]! * DAY_KEPT + outcomes;
  memory.approved = 0;
  memory.outcomes = 0;
}

function judge(memory: HourMemory, [jumped, stayed]: Foretold): void {
  const { approved, outcomes, held, missed } = memory;
  const said = approved * Math.log(jumped / stayed) + (outcomes - approved) * Math.log((1 - jumped) / (1 - stayed));
  const odds = (held / missed) * Math.exp(Math.max(-SAID_MAX, Math.min(SAID_MAX, said)));
  const came = odds / (1 + odds);
  const kept = Math.min(1, JUDGED_MAX / (held + missed + 1));
  memory.held = (held + came) * kept;
  memory.missed = (missed + 1 - came) * kept;
}

/** A jump, and how likely it is. */
export type Leap = readonly [to: HourJump, chance: number];

/** An idle processor's belief changes once an hour, and is read every few seconds. */
const leapsAhead = new WeakMap<
  HourMemory,
  { readonly from: number; readonly to: number; readonly leaps: readonly Leap[] }
>();

/** Those that come if hours end until `now`, which they do not by this. */
export function leapsUntil(memory: HourMemory, now: number): readonly Leap[] {
  const from = memory.hour;
  const to = Math.floor(now / HOUR_MS);
  if (from === null || from >= to) return [];
  const known = leapsAhead.get(memory);
  if (known?.from === from && known.to === to) return known.leaps;
  const leaps: Leap[] = [];
  passHours(copyOf(memory), now, (jump, chance) => {
    leaps.push([jump, chance]);
    return null;
  });
  leapsAhead.set(memory, { from, to, leaps });
  return leaps;
}

function copyOf(memory: HourMemory): HourMemory {
  const { approved, outcomes } = memory.past;
  return { ...memory, past: { approved: approved.slice(), outcomes: outcomes.slice() } };
}

/** Plain JSON, exact. */
export interface HourSnapshot extends Omit<HourMemory, 'past'> {
  /** Approvals, then outcomes, as text. */
  readonly past: string;
}

export function snapshotHours({ past, ...rest }: HourMemory): HourSnapshot {
  return { ...rest, past: textOf([past.approved, past.outcomes]) };
}

export function restoreHours({ past, ...rest }: HourSnapshot): HourMemory {
  const [approved, outcomes] = floatsOf(past, 2) as [Float32Array, Float32Array];
  return { ...rest, past: { approved, outcomes } };
}
