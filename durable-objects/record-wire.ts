// How results go from a Worker to a processor's object, and its answer back: each way as texts of JSON, not as objects that the platform copies field by field.
// The text of the results is at once what stands in the journal, and a row that many callers are told is written out once.
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { SlotMap } from '../src/domain/shards/slot-map.ts';
import type { SegmentRow, StatusRow } from '../src/domain/health/status-row.ts';

type Told = readonly (AttemptTelling | null)[];

/** An object that does not record all of these transactions records none of them, and says who does. */
export interface Moved {
  readonly ok: false;
  readonly reason: 'moved';
  /** As far as it knows; `null`: it knows nothing of this life of the processor. */
  readonly map: SlotMap | null;
}
export type ObjectReply = RecordReply | Moved;

/** The results' text comes last, for it is by far the longest; `told` is `null` where nothing is told of any. */
export type RecordCall = readonly [address: string, count: number, told: string | null, results: string];

const RECORDED: RecordOutcome = { outcome: 'recorded' };

/** Its text by address: the same one is sent with every call until the configuration changes. */
const addressTexts = new WeakMap<ProcessorAddress, string>();
const rowTexts = new WeakMap<StatusRow, string>();

export function recordCallOf(address: ProcessorAddress, results: readonly CanonicalResult[], told: Told): RecordCall {
  // Most results say no more than themselves, and nothing is what that costs.
  const isTold = told.some((telling) => telling !== null);
  return [addressText(address), results.length, isTold ? JSON.stringify(told) : null, JSON.stringify(results)];
}

function addressText(address: ProcessorAddress): string {
  const known = addressTexts.get(address);
  if (known !== undefined) return known;
  const { id, epoch, revision, breaker, priors, context } = address;
  // Only what the object needs travels with a call.
  const text = JSON.stringify({ id, epoch, revision, breaker, priors, context });
  addressTexts.set(address, text);
  return text;
}

/** Reads addresses of one object's calls: nearly always the one that came before. */
export class AddressReader {
  #text = '';
  #address: ProcessorAddress | null = null;

  read(text: string): ProcessorAddress {
    if (this.#address === null || text !== this.#text) {
      this.#address = JSON.parse(text) as ProcessorAddress;
      this.#text = text;
    }
    return this.#address;
  }
}

export const resultsIn = (text: string): CanonicalResult[] => JSON.parse(text) as CanonicalResult[];
export const toldIn = (text: string | null): Told => (text === null ? [] : (JSON.parse(text) as Told));

/** That all were recorded is said by their number alone. */
export function replyText(reply: ObjectReply): string {
  if (!reply.ok) return JSON.stringify(reply);
  const { outcomes, row } = reply;
  const isAll = outcomes.every(({ outcome }) => outcome === 'recorded');
  return `{"ok":true,"outcomes":${isAll ? outcomes.length : JSON.stringify(outcomes)},"row":${rowText(row)}}`;
}

function rowText(row: StatusRow | null): string {
  if (row === null) return 'null';
  const known = rowTexts.get(row) ?? JSON.stringify({ ...row, segments: row.segments.map(plainSegment) });
  rowTexts.set(row, known);
  return known;
}

/** What routing alone reads of a belief is most of its text, and callers are told none of it. */
const plainSegment = ({ belief: { regimes: _unread, ...belief }, ...segment }: SegmentRow): SegmentRow => ({
  ...segment,
  belief,
});

type Answered = Extract<RecordReply, { readonly ok: true }>;
type Sent =
  | Extract<ObjectReply, { readonly ok: false }>
  | (Omit<Answered, 'outcomes'> & { outcomes: number | Answered['outcomes'] });

/** What calls of one commit are told is the same for each segment: read once. */
const replies = new Map<string, ObjectReply>();
const REPLIES_MAX = 64;
/** A batch's is as long as its outcomes, and never comes again. */
const REPLY_LENGTH_MAX = 4_096;

export function replyIn(text: string): ObjectReply {
  const known = replies.get(text);
  if (known !== undefined) return known;
  const reply = readReply(text);
  if (text.length > REPLY_LENGTH_MAX) return reply;
  if (replies.size >= REPLIES_MAX) replies.clear();
  replies.set(text, reply);
  return reply;
}

function readReply(text: string): ObjectReply {
  const sent = JSON.parse(text) as Sent;
  if (!sent.ok) return sent;
  const { outcomes } = sent;
  return {
    ...sent,
    outcomes: typeof outcomes === 'number' ? new Array<RecordOutcome>(outcomes).fill(RECORDED) : outcomes,
  };
}
