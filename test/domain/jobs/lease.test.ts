import { describe, expect, test } from 'vitest';
import { EMPTY_RECORD, type JobRecord, livingLease } from '../../../src/domain/jobs/job-record.ts';
import { errorLine, type JobRun, soundCounts } from '../../../src/domain/jobs/job-run.ts';
import { KEY_KEPT_MS, newlyKeyed } from '../../../src/domain/jobs/keyed-run.ts';
import {
  type LeaseAnswer,
  LEASE_GRACE_MS,
  requestKeyOf,
  type RunCause,
  type RunEnd,
  settleRun,
  takeLease,
} from '../../../src/domain/jobs/lease.ts';
import { maskCardNumbers } from '../../../src/domain/results/card-number.ts';
import { NO_UNKNOWN_CRONS, withUnknownCron } from '../../../src/domain/jobs/unknown-crons.ts';
import { readRecord, writeRecord } from '../../../src/domain/jobs/stored-record.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LIMIT_MS = 30_000;
const DONE: RunEnd = { outcome: 'done', counts: { rows: 3 }, error: null, cursor: null };
const FAILED: RunEnd = { outcome: 'failed', counts: {}, error: 'no', cursor: 'lost' };

/** A book of one job with a clock that a test turns. */
class Book {
  now = NOW;
  record: JobRecord;
  readonly keyed = new Map<string, JobRun>();

  constructor(record: JobRecord) {
    this.record = record;
  }

  take(scheduledMs: number = this.now): LeaseAnswer {
    return this.#taken({ trigger: 'cron', scheduledMs });
  }

  ask(requestKey: string | null = null): LeaseAnswer {
    return this.#taken({ trigger: 'operator', requestKey });
  }

  settle(token: number, end: RunEnd = DONE): JobRun | null {
    const { record, run } = settleRun(this.record, token, end, this.now);
    this.#keep(record);
    return run;
  }

  done(scheduledMs: number = this.now): void {
    expect(this.settle(tokenOf(this.take(scheduledMs)))).toMatchObject({ outcome: 'done' });
  }

  ends(): string[] {
    return this.record.runs.map(({ outcome, skipReason }) => skipReason ?? outcome);
  }

  #taken(cause: RunCause): LeaseAnswer {
    const kept = this.keyed.get(requestKeyOf(cause) ?? '') ?? null;
    const { record, answer } = takeLease(this.record, { ...cause, timeLimitMs: LIMIT_MS }, kept, this.now);
    this.#keep(record);
    return answer;
  }

  #keep(record: JobRecord): void {
    for (const run of newlyKeyed(this.record, record)) this.keyed.set(run.requestKey, run);
    this.record = record;
  }
}

const newBook = (from: JobRecord = EMPTY_RECORD): Book => new Book(from);

function tokenOf(answer: LeaseAnswer): number {
  if (!answer.taken) throw new Error(`not taken: ${answer.reason}`);
  return answer.run.token;
}

describe('[JOB-1] while a lease lives', () => {
  test.each([
    ['the same time again', (book: Book) => book.take(NOW)],
    ['the next time', (book: Book) => book.take(NOW + 1)],
    ['an operator', (book: Book) => book.ask()],
  ])('%s is told already_running', (_, second) => {
    const book = newBook();
    tokenOf(book.take());
    expect(second(book)).toEqual({ taken: false, reason: 'already_running' });
    expect(book.ends()).toEqual(['already_running']);
  });

  test('so is a cron beside an operator', () => {
    const book = newBook();
    tokenOf(book.ask());
    expect(book.take()).toEqual({ taken: false, reason: 'already_running' });
  });

  test('ended, the next run takes the next', () => {
    const book = newBook();
    book.done();
    book.now += MINUTE_MS;
    expect(book.take()).toMatchObject({ taken: true, run: { token: 2 } });
  });
});

describe('[JOB-2] a token', () => {
  test('settles once', () => {
    const book = newBook();
    const token = tokenOf(book.take());
    expect(book.settle(token)).toMatchObject({ token, outcome: 'done' });
    const before = book.record;
    expect(book.settle(token, FAILED)).toBeNull();
    expect(book.record).toBe(before);
  });

  test('settles nothing after its lease was taken over', () => {
    const book = newBook();
    const lost = tokenOf(book.take());
    book.now += LIMIT_MS + LEASE_GRACE_MS;
    const held = tokenOf(book.take());
    expect(held).toBeGreaterThan(lost);
    expect(book.settle(lost, { ...DONE, cursor: 'of the dead' })).toBeNull();
    expect(book.record).toMatchObject({ cursor: null, watermarkMs: null, lease: { token: held } });
  });

  test('that was never given settles nothing', () => {
    expect(newBook().settle(1)).toBeNull();
  });
});

describe('[JOB-3] a lease whose run was killed', () => {
  test('is there for the time limit and 20 s more', () => {
    const book = newBook();
    tokenOf(book.take());
    book.now += LIMIT_MS + 20_000 - 1;
    expect(book.take()).toEqual({ taken: false, reason: 'already_running' });
    book.now += 1;
    expect(book.take()).toMatchObject({ taken: true });
  });

  test('is taken over, for the same scheduled time, too, and its run is kept as timed_out', () => {
    const book = newBook();
    tokenOf(book.take());
    book.now += MINUTE_MS;
    expect(book.take(NOW)).toMatchObject({ taken: true, run: { scheduledMs: NOW, token: 2 } });
    expect(book.record.runs).toMatchObject([
      { token: 1, outcome: 'timed_out', startedAtMs: NOW, endedAtMs: NOW + MINUTE_MS },
    ]);
  });

  test('that nobody has taken over yet may still be settled', () => {
    const book = newBook();
    const token = tokenOf(book.take());
    book.now += MINUTE_MS;
    expect(book.settle(token)).toMatchObject({ outcome: 'done' });
  });
});

describe('[JOB-4] a scheduled time that is done', () => {
  test.each([0, -1, -MINUTE_MS])('is not run again, nor one %i ms after it', (afterMs) => {
    const book = newBook();
    book.done();
    expect(book.take(NOW + afterMs)).toEqual({ taken: false, reason: 'already_done' });
  });

  test('is told so while a later one runs', () => {
    const book = newBook();
    book.done();
    book.now += MINUTE_MS;
    tokenOf(book.take());
    expect(book.take(NOW)).toEqual({ taken: false, reason: 'already_done' });
  });

  test.each([FAILED, { ...FAILED, outcome: 'timed_out' as const }])('is none if it was $outcome', (end) => {
    const book = newBook();
    book.settle(tokenOf(book.take()), end);
    book.now += MINUTE_MS;
    expect(book.take(NOW)).toMatchObject({ taken: true });
  });
});

describe('[JOB-5] watermark and cursor', () => {
  test('are handed to the next run', () => {
    const book = newBook();
    expect(book.take()).toMatchObject({ watermarkMs: null, cursor: null });
    book.settle(1, { ...DONE, cursor: 'row 7' });
    book.now += MINUTE_MS;
    expect(book.take()).toMatchObject({ watermarkMs: NOW, cursor: 'row 7' });
  });

  test.each(['failed', 'timed_out'] as const)('stay as they were where a run %s', (outcome) => {
    const book = newBook();
    book.settle(tokenOf(book.take()), { ...DONE, cursor: 'row 7' });
    book.now += MINUTE_MS;
    book.settle(tokenOf(book.take()), { ...FAILED, outcome });
    expect(book.record).toMatchObject({ watermarkMs: NOW, cursor: 'row 7' });
  });

  test('a run that leaves no cursor leaves the one before', () => {
    const book = newBook();
    book.settle(tokenOf(book.take()), { ...DONE, cursor: 'row 7' });
    book.now += MINUTE_MS;
    book.done();
    expect(book.record).toMatchObject({ watermarkMs: NOW + MINUTE_MS, cursor: 'row 7' });
  });
});

describe('[JOB-6] a scheduled time', () => {
  test.each([
    [MINUTE_MS, true],
    [MINUTE_MS + 1, 'ahead'],
    [Infinity, 'ahead'],
    [Number.NaN, 'ahead'],
    [-DAY_MS, true],
    [-DAY_MS - 1, 'too_late'],
    [-Infinity, 'too_late'],
  ])('%d ms from now: %s', (distanceMs, expected) => {
    const book = newBook();
    const answer = book.take(NOW + distanceMs);
    expect(answer.taken || answer.reason).toBe(expected);
    if (!answer.taken) expect(book.record).toMatchObject({ fence: 0, lease: null, watermarkMs: null });
  });
});

describe('[JOB-7] after the clock was set back', () => {
  test('a watermark that is ahead holds nothing up, and times that were done stay done', () => {
    const book = newBook();
    book.now = NOW + DAY_MS;
    book.done();
    book.now = NOW;
    expect(book.take(NOW)).toMatchObject({ taken: true, watermarkMs: null });
    book.settle(2);
    expect(book.record.watermarkMs).toBe(NOW);
    book.now = NOW + DAY_MS;
    expect(book.take(NOW + DAY_MS)).toEqual({ taken: false, reason: 'already_done' });
  });

  test('a lease that began ahead is over, and its holder settles nothing any more', () => {
    const book = newBook();
    book.now = NOW + DAY_MS;
    const ahead = tokenOf(book.take());
    book.now = NOW;
    const held = tokenOf(book.take());
    expect(book.settle(ahead)).toBeNull();
    expect(book.settle(held)).toMatchObject({ outcome: 'done', scheduledMs: NOW });
    expect(book.record.runs.every((run) => run.endedAtMs >= run.startedAtMs)).toBe(true);
  });

  test('by a minute nothing is over', () => {
    const book = newBook();
    book.done();
    const token = tokenOf(book.take(NOW + 1));
    book.now = NOW - MINUTE_MS + 2;
    expect(book.take(NOW + 2)).toEqual({ taken: false, reason: 'already_running' });
    expect(book.settle(token)).toMatchObject({ outcome: 'done', endedAtMs: NOW });
    expect(book.record.watermarkMs).toBe(NOW + 1);
  });
});

describe("[JOB-8] an operator's run", () => {
  test('is scheduled for now and covers the crons before it', () => {
    const book = newBook();
    expect(book.ask()).toMatchObject({ taken: true, run: { scheduledMs: NOW, trigger: 'operator' } });
    book.settle(1);
    expect(book.take(NOW - 1)).toEqual({ taken: false, reason: 'already_done' });
    book.now += 1;
    expect(book.take()).toMatchObject({ taken: true, watermarkMs: NOW });
  });

  test.each([0, 30_000, MINUTE_MS])('comes just after a watermark that is %i ms ahead', (aheadMs) => {
    const book = newBook();
    book.done(NOW + aheadMs);
    expect(book.ask()).toMatchObject({ taken: true, run: { scheduledMs: NOW + aheadMs + 1 } });
  });

  test('takes no time that was completed before the clock was set back', () => {
    const book = newBook({ ...EMPTY_RECORD, completed: [NOW, NOW + 1] });
    expect(book.ask()).toMatchObject({ taken: true, run: { scheduledMs: NOW + 2 } });
  });
});

describe('[JOB-9] an Idempotency-Key', () => {
  test('that was used begins no other run: going on, ended, cut off', () => {
    const book = newBook();
    const first = book.ask('k');
    expect(book.ask('k')).toMatchObject({ taken: false, reason: 'repeated', run: { token: tokenOf(first) } });
    book.settle(tokenOf(first), FAILED);
    book.now += KEY_KEPT_MS - 1;
    expect(book.ask('k')).toMatchObject({ taken: false, reason: 'repeated', run: { token: 1, outcome: 'failed' } });
    tokenOf(book.ask('other'));
    book.now += MINUTE_MS;
    expect(book.ask('other')).toMatchObject({ reason: 'repeated', run: { token: 2, outcome: 'timed_out' } });
  });

  test('runs again after 24 hours', () => {
    const book = newBook();
    book.settle(tokenOf(book.ask('k')));
    book.now += KEY_KEPT_MS;
    expect(book.ask('k')).toMatchObject({ taken: true });
  });

  test('is not held by a run that was skipped', () => {
    const book = newBook();
    tokenOf(book.take());
    expect(book.ask('k')).toEqual({ taken: false, reason: 'already_running' });
    book.settle(1);
    expect(book.ask('k')).toMatchObject({ taken: true });
  });
});

describe('[JOB-10] of the runs', () => {
  test('the last 20 are kept, newest first', () => {
    const book = newBook();
    for (let run = 0; run < 30; run += 1) {
      book.done();
      book.now += MINUTE_MS;
    }
    expect(book.record.runs.map(({ token }) => token)).toEqual(Array.from({ length: 20 }, (_, index) => 30 - index));
    expect(book.record.totals.done).toBe(30);
  });

  test('skipped ones drive nothing out', () => {
    const book = newBook();
    book.done();
    for (let time = 0; time < 100; time += 1) book.take(NOW);
    expect(book.ends()).toEqual([...Array.from({ length: 5 }, () => 'already_done'), 'done']);
    expect(book.record.totals.skipped).toBe(100);
  });
});

describe('[JOB-11] a run that took too long', () => {
  test('is told at once and holds its lease all the same', () => {
    const book = newBook();
    const token = tokenOf(book.take());
    book.now += LIMIT_MS;
    expect(book.settle(token, { ...FAILED, outcome: 'timed_out' })).toMatchObject({ outcome: 'timed_out' });
    expect(book.settle(token)).toBeNull();
    expect(book.take()).toEqual({ taken: false, reason: 'already_running' });
    book.now += LEASE_GRACE_MS;
    expect(book.take()).toMatchObject({ taken: true });
    expect(book.ends().filter((end) => end === 'timed_out')).toHaveLength(1);
  });
});

describe('[JOB-12] what is kept of a run', () => {
  test.each([
    ['one\n  two\tthree', 'one two three'],
    ['', 'no reason was given'],
    ['card 4111111111111111 refused', `card ${maskCardNumbers('4111111111111111')} refused`],
  ])('error %j', (text, line) => {
    expect(errorLine(text)).toBe(line);
    expect(errorLine(text)).not.toContain('4111111111111111');
  });

  test('is an error of 200 characters and 20 counts that are numbers', () => {
    expect(errorLine('x'.repeat(300))).toHaveLength(200);
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, index]));
    expect(Object.keys(soundCounts(many))).toHaveLength(20);
    expect(soundCounts({ a: 1, b: Number.NaN, c: Infinity, d: 0 })).toEqual({ a: 1, d: 0 });
  });

  test('are the counts of a run that failed, too', () => {
    const book = newBook();
    expect(book.settle(tokenOf(book.take()), { ...FAILED, counts: { swept: 2 } })).toMatchObject({
      counts: { swept: 2 },
      error: 'no',
    });
  });
});

test('[JOB-13] a cron that nobody knows is counted, and the newest kept by name', () => {
  const twice = withUnknownCron(withUnknownCron(NO_UNKNOWN_CRONS, '1 2 3 4 5', NOW), 'x'.repeat(500), NOW + 1);
  expect(twice).toEqual({ count: 2, last: { cron: 'x'.repeat(100), atMs: NOW + 1 } });
});

describe('[JOB-17] a record as text', () => {
  test('goes on the same', () => {
    const book = newBook();
    book.settle(tokenOf(book.ask('k')), { ...DONE, cursor: 'c' });
    book.now += MINUTE_MS;
    tokenOf(book.take());
    const read = readRecord(writeRecord(book.record));
    expect(read).toEqual(book.record);
    expect(livingLease(read, book.now)).toEqual(book.record.lease);
  });

  test('of the first format is read', () => {
    const text =
      '{"format":1,"fence":3,"lease":null,"watermarkMs":5,"cursor":null,"completed":[5],"runs":[],"totals":{"done":3,"failed":0,"timed_out":0,"skipped":0}}';
    expect(readRecord(text)).toMatchObject({ fence: 3, watermarkMs: 5, completed: [5] });
  });

  test('of newer code is refused', () => {
    expect(() => readRecord('{"format":2}')).toThrow('newer than this code');
  });
});
