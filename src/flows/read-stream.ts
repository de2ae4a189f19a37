// One time-boxed step of a stream's reader: rescue what is stuck, read what is new, record, and only then acknowledge. Rules: SPEC.md [STR].
import type { AttemptEvent } from '../domain/results/attempt-event.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { EventOutcome, EventRecorder } from '../ports/event-recorder.ts';
import type {
  DeadLetter,
  EntryReading,
  StreamEntry,
  StreamFault,
  StreamPort,
  StreamReply,
  StuckEntry,
} from '../ports/stream-port.ts';

export interface StreamWorld {
  readonly stream: StreamPort;
  readonly recorder: EventRecorder;
  /** The source's mapping. Never throws on what a stream may hold. */
  read(entry: StreamEntry): EntryReading;
  now(): number;
}

export interface StreamLimits {
  readonly batchMax: number;
  /** Not acknowledged for so long: stuck. Longer than a whole step takes, or a reader robs itself. */
  readonly idleMs: number;
  readonly deliveriesMax: number;
  /** No batch is begun after so long. */
  readonly stepMs: number;
}

export const STREAM_LIMITS: StreamLimits = { batchMax: 500, idleMs: 30_000, deliveriesMax: 5, stepMs: 5_000 };

export interface StepCounts {
  recorded: number;
  duplicate: number;
  /** Older than the horizon: heard, and not counted among the results. */
  late: number;
  ignored: number;
  /** Became dead letters. */
  buried: number;
  /** Left with the group for want of a place to record them. */
  givenBack: number;
  /** Handed out, and cut from the stream before it was recorded. */
  gone: number;
}

export interface StreamStep {
  readonly counts: Readonly<StepCounts>;
  /** `drained`: nothing waits. `time`: there is more. `held_up`: our own side could not record. */
  readonly end: 'drained' | 'time' | 'held_up' | 'fault';
  readonly fault: StreamFault | null;
  /** Dead letters there are; `null` if this step wrote none. */
  readonly lettersKept: number | null;
  /** At some moment of it nothing new was left. */
  readonly hasCaughtUp: boolean;
}

/** Delivered this often without an answer, an entry is tried alone: what kills its reader then takes no other along. */
const ALONE_FROM_DELIVERIES = 2;
/** New entries are read even while a long row of stuck ones is tried one by one. */
const RESCUE_SHARE = 0.5;

type Halt = { readonly end: 'held_up'; readonly fault: null } | { readonly end: 'fault'; readonly fault: StreamFault };

export async function readStream(world: StreamWorld, limits: StreamLimits): Promise<StreamStep> {
  const step = new Step(world, limits);
  const halt = await step.run();
  return {
    counts: step.counts,
    lettersKept: step.lettersKept,
    hasCaughtUp: step.hasCaughtUp,
    ...(halt ?? { end: step.isDrained ? 'drained' : 'time', fault: null }),
  };
}

class Step {
  readonly counts: StepCounts = { recorded: 0, duplicate: 0, late: 0, ignored: 0, buried: 0, givenBack: 0, gone: 0 };
  lettersKept: number | null = null;
  isDrained = false;
  hasCaughtUp = false;
  readonly #world: StreamWorld;
  readonly #limits: StreamLimits;
  readonly #startedAtMs: number;

  constructor(world: StreamWorld, limits: StreamLimits) {
    this.#world = world;
    this.#limits = limits;
    this.#startedAtMs = world.now();
  }

  /** `null`: it ended because nothing was left, or with its time. */
  async run(): Promise<Halt | null> {
    const rescued = await this.#rescue();
    if (rescued !== null && !sparesOthers(rescued)) return await this.#prepared(rescued);
    const read = await this.#prepared(await this.#readNew());
    return rescued ?? read;
  }

  async #prepared(halt: Halt | null): Promise<Halt | null> {
    if (halt?.fault?.reason !== 'no_group') return halt;
    const prepared = await this.#world.stream.prepare();
    return prepared.ok ? await this.#readNew() : faulty(prepared.fault);
  }

  async #rescue(): Promise<Halt | null> {
    const { stream } = this.#world;
    const { idleMs, batchMax } = this.#limits;
    while (this.#hasTime(RESCUE_SHARE)) {
      const stuck = await stream.stuck(idleMs, batchMax);
      if (!stuck.ok) return faulty(stuck.fault);
      if (stuck.value.length === 0) return null;
      let first: Halt | null = null;
      for (const group of claimGroups(stuck.value)) {
        if (!this.#hasTime(RESCUE_SHARE)) return first;
        const claim = await stream.claim(group.fromId, idleMs, group.count);
        if (claim.ok) this.counts.gone += claim.value.goneIds.length;
        const halt = claim.ok ? await this.#handle(claim.value.entries) : faulty(claim.fault);
        if (halt !== null && !sparesOthers(halt)) return halt;
        first ??= halt;
      }
      if (first !== null) return first;
    }
    return null;
  }

  async #readNew(): Promise<Halt | null> {
    while (this.#hasTime(1)) {
      const read = await this.#world.stream.readNew(this.#limits.batchMax);
      if (!read.ok) return faulty(read.fault);
      this.isDrained = read.value.length === 0;
      this.hasCaughtUp ||= read.value.length < this.#limits.batchMax;
      if (this.isDrained) return null;
      const halt = await this.#handle(read.value);
      if (halt !== null) return halt;
    }
    return null;
  }

  /** Record, bury what never will be, acknowledge the rest: in this order, so that a crash anywhere means a second look and never a loss. */
  async #handle(entries: readonly StreamEntry[]): Promise<Halt | null> {
    const { stream, recorder } = this.#world;
    const sorted = new SortedEntries(entries, this.#world, this.#limits.deliveriesMax);
    if (sorted.events.length > 0) sorted.takeOutcomes(await recorder.record(sorted.events));
    const { letters, done, heldUp, tally } = sorted;
    const burial = letters.length === 0 ? null : await stream.bury(letters);
    this.counts.buried += burial?.buried ?? 0;
    if (burial?.ok) this.lettersKept = burial.value;
    for (const name of ['recorded', 'duplicate', 'late', 'ignored', 'givenBack'] as const)
      this.counts[name] += tally[name];
    const failed = burial?.ok === false ? faulty(burial.fault) : null;
    if (failed !== null && !sparesOthers(failed)) return failed;
    const answers: StreamReply<null>[] = [];
    if (done.length > 0) answers.push(await stream.acknowledge(done));
    // A letter that was not kept gives its delivery back, too: handed out too often, it would lose its reason.
    const left = failed === null ? heldUp : [...heldUp, ...letters.map(({ entry }) => entry)];
    if (left.length > 0) answers.push(await stream.giveBack(left));
    if (failed !== null) return failed;
    for (const answer of answers) if (!answer.ok) return faulty(answer.fault);
    return heldUp.length > 0 ? { end: 'held_up', fault: null } : null;
  }

  #hasTime(share: number): boolean {
    return this.#world.now() - this.#startedAtMs < this.#limits.stepMs * share;
  }
}

/** Redis answered, or our own side could not record: with other entries it may be otherwise. */
const sparesOthers = ({ end, fault }: Halt): boolean =>
  end === 'held_up' || fault.reason === 'refused' || fault.reason === 'bad_answer';

const faulty = (fault: StreamFault): Halt => ({ end: 'fault', fault });

/** Runs of first redeliveries together, all others alone. */
function claimGroups(stuck: readonly StuckEntry[]): readonly { fromId: string; count: number }[] {
  const groups: { fromId: string; count: number; isAlone: boolean }[] = [];
  for (const { id, deliveries } of stuck) {
    const isAlone = deliveries >= ALONE_FROM_DELIVERIES;
    const last = groups.at(-1);
    if (last === undefined || isAlone || last.isAlone) groups.push({ fromId: id, count: 1, isAlone });
    else last.count += 1;
  }
  return groups;
}

/** A batch sorted by what is to become of each entry. */
class SortedEntries {
  readonly events: AttemptEvent[] = [];
  readonly letters: DeadLetter[] = [];
  readonly done: string[] = [];
  readonly heldUp: StreamEntry[] = [];
  readonly tally = { recorded: 0, duplicate: 0, late: 0, ignored: 0, givenBack: 0 };
  readonly #told: StreamEntry[] = [];
  readonly #atMs: number;

  constructor(entries: readonly StreamEntry[], world: StreamWorld, deliveriesMax: number) {
    this.#atMs = world.now();
    for (const entry of entries) {
      if (entry.deliveries > deliveriesMax) this.#bury(entry, 'too_many_deliveries', null);
      else this.#sort(entry, world.read(entry));
    }
  }

  takeOutcomes(outcomes: readonly EventOutcome[]): void {
    if (outcomes.length !== this.#told.length) throw new Error('a recorder answers for every event');
    outcomes.forEach((outcome, index) => this.#take(this.#told[index]!, outcome));
  }

  #sort(entry: StreamEntry, reading: EntryReading): void {
    switch (reading.kind) {
      case 'event':
        this.events.push(reading.event);
        this.#told.push(entry);
        return;
      case 'ignored':
        this.#take(entry, { outcome: 'ignored' });
        return;
      case 'unreadable':
        this.#bury(entry, reading.reason, reading.field);
        return;
    }
  }

  #take(entry: StreamEntry, outcome: EventOutcome): void {
    switch (outcome.outcome) {
      case 'recorded':
      case 'duplicate':
      case 'late':
      case 'ignored':
        this.tally[outcome.outcome] += 1;
        this.done.push(entry.id);
        return;
      case 'refused':
        this.#bury(entry, outcome.reason, outcome.field);
        return;
      case 'not_recorded':
        this.tally.givenBack += 1;
        this.heldUp.push(entry);
        return;
    }
  }

  #bury(entry: StreamEntry, reason: string, field: string | null): void {
    this.letters.push(deadLetterOf(entry, { reason, field }, this.#atMs));
  }
}
