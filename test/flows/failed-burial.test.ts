import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerRecorder } from '../harness/ledger-recorder.ts';
import { openStreamLab, readApos, STREAM, type StreamLab } from '../harness/stream-lab.ts';
import { producePayments } from '../harness/stream-producer.ts';
import { deadLetterOf, LETTER_CHARACTERS_MAX } from '../../src/flows/dead-letter.ts';
import { readStream, type StreamLimits, type StreamStep } from '../../src/flows/read-stream.ts';
import { replayDeadLetters } from '../../src/flows/replay-dead-letters.ts';
import type { EventOutcome } from '../../src/ports/event-recorder.ts';
import type { Burial, KeptLetter, StreamEntry, StreamPort } from '../../src/ports/stream-port.ts';

const LIMITS: StreamLimits = { batchMax: 10, idleMs: 30_000, deliveriesMax: 5, stepMs: 5_000 };
const OOM: Burial = { ok: false, fault: { reason: 'refused', code: 'OOM' }, buried: 0 };

let lab: StreamLab;
let ledger: LedgerRecorder;
beforeEach(async () => {
  lab = await openStreamLab();
  ledger = new LedgerRecorder(() => lab.now);
});
afterEach(() => lab.bridge.close());

const step = (over: Partial<StreamPort> = {}, record = ledger.record.bind(ledger)): Promise<StreamStep> => {
  const stream = new Proxy(lab.port, {
    get: (target, name: keyof StreamPort) => over[name] ?? target[name].bind(target),
  });
  return readStream({ stream, recorder: { record }, read: readApos, now: () => lab.now }, LIMITS);
};
const noLetters = { bury: () => Promise.resolve(OOM) };
const keptLetters = async (): Promise<readonly KeptLetter[]> => {
  const page = await lab.port.list(null, 100);
  if (!page.ok) throw new Error(page.fault.reason);
  return page.value.letters;
};

describe('dead letters that Redis does not take', () => {
  test('[STR-31] hold nobody up: the others of their batch are acknowledged and counted, and they keep their reason', async () => {
    await lab.add(['event_type', 'payment_melted', 'payment_id', 'pay_x']);
    await producePayments(lab.bridge, STREAM, 1, 6);
    const failed = await step(noLetters);
    expect(failed).toMatchObject({ end: 'fault', fault: { code: 'OOM' }, counts: { recorded: 5, buried: 0 } });
    expect(await lab.pending()).toBe(1);
    for (let life = 0; life < 10; life++) {
      lab.now += LIMITS.idleMs;
      expect(await step(noLetters)).toMatchObject({ end: 'fault', counts: { recorded: 0, duplicate: 0, buried: 0 } });
    }
    lab.now += LIMITS.idleMs;
    expect(await step()).toMatchObject({ end: 'drained', counts: { buried: 1 } });
    expect(await keptLetters()).toMatchObject([{ reason: 'unknown_kind', entry: { deliveries: 1 } }]);
  });

  test('[STR-31] those of a batch that were kept are counted and not kept again', async () => {
    for (let melted = 0; melted < 3; melted++) await lab.add(['event_type', 'payment_melted', 'payment_id', 'pay_x']);
    const half: StreamPort['bury'] = async (letters) => ({
      ...OOM,
      buried: (await lab.port.bury(letters.slice(1))).buried,
    });
    expect(await step({ bury: half })).toMatchObject({ end: 'fault', counts: { buried: 2 } });
    lab.now += LIMITS.idleMs;
    expect(await step()).toMatchObject({ end: 'drained', counts: { buried: 1 }, lettersKept: 3 });
  });
});

describe('the stuck that cannot be rescued', () => {
  test('[STR-32] leave the others to be rescued, and what is new to be read', async () => {
    await lab.add(['event_type', 'payment_melted', 'payment_id', 'pay_x']);
    await step(noLetters);
    await producePayments(lab.bridge, STREAM, 1, 6);
    expect(await step(noLetters)).toMatchObject({ end: 'drained', counts: { recorded: 5 } });
    await producePayments(lab.bridge, STREAM, 21, 26);
    lab.now += LIMITS.idleMs;
    expect(await step(noLetters)).toMatchObject({ end: 'fault', fault: { code: 'OOM' }, counts: { recorded: 5 } });
  });

  test('[STR-32] neither do those that our own side cannot record keep what is new from being read', async () => {
    await producePayments(lab.bridge, STREAM, 1, 3);
    const first = (outcome: EventOutcome) => async (events: Parameters<typeof ledger.record>[0]) => {
      const open = events.filter(({ attemptKey }) => attemptKey !== 'pay_1');
      const outcomes = await ledger.record(open);
      return events.map((event) => (event.attemptKey === 'pay_1' ? outcome : outcomes[open.indexOf(event)]!));
    };
    const held = first({ outcome: 'not_recorded' });
    expect(await step({}, held)).toMatchObject({ end: 'held_up', counts: { recorded: 1, givenBack: 1 } });
    await producePayments(lab.bridge, STREAM, 21, 26);
    lab.now += LIMITS.idleMs;
    expect(await step({}, held)).toMatchObject({ end: 'held_up', counts: { recorded: 5, givenBack: 1 } });
  });
});

describe('an entry too large for a letter', () => {
  const entryOf = (fields: StreamEntry['fields']): StreamEntry => ({ id: '1-1', fields, deliveries: 1 });
  const letterOf = (fields: StreamEntry['fields']) => deadLetterOf(entryOf(fields), { reason: 'r', field: null }, 1);
  const charactersOf = (fields: StreamEntry['fields']): number => fields.flat().join('').length;

  test.each([
    ['one long value', [['a', 'x'.repeat(1_000_000)]]],
    ['one long name', [['x'.repeat(1_000_000), 'a']]],
    ['many fields', Array.from({ length: 50_000 }, (_, index) => ['f', String(index)])],
    ['many empty fields', Array.from({ length: 50_000 }, () => ['', ''])],
  ] as [string, [string, string][]][])('[STR-33] with %s is cut, and says so', (_, fields) => {
    const { entry, isCut } = letterOf(fields);
    expect(isCut).toBe(true);
    expect(entry.fields.length).toBeGreaterThan(0);
    expect(charactersOf(entry.fields)).toBeLessThanOrEqual(LETTER_CHARACTERS_MAX);
    expect(JSON.stringify(entry.fields).length).toBeLessThanOrEqual(LETTER_CHARACTERS_MAX + 8);
  });

  test('[STR-33] a smaller one is kept whole', () => {
    const fields: [string, string][] = [
      ['a', 'x'.repeat(60_000)],
      ['b', ''],
    ];
    expect(letterOf(fields)).toMatchObject({ isCut: false, entry: { fields } });
  });

  test('[STR-33] a card number where it is cut is masked first', () => {
    const { entry } = letterOf([['', `${'x '.repeat(32_760)}4111111111111111`]]);
    expect(JSON.stringify(entry.fields)).not.toContain('4111');
  });

  test('[STR-33] does not stop its stream, and no replay takes a part of it for the whole', async () => {
    await lab.add(['event_type', 'payment_succeeded', 'amount', 'x'.repeat(5_000_000), 'payment_id', 'pay_whole']);
    await producePayments(lab.bridge, STREAM, 1, 6);
    expect(await step()).toMatchObject({ end: 'drained', counts: { recorded: 5, buried: 1 } });
    const [letter] = await keptLetters();
    expect(letter).toMatchObject({ isCut: true });
    const world = { letters: lab.port, recorder: ledger, read: readApos };
    expect(await replayDeadLetters(world, [letter!.id])).toEqual({
      ok: true,
      value: [{ outcome: 'unreadable', reason: 'cut', field: null }],
    });
    expect(await keptLetters()).toHaveLength(1);
  });
});
