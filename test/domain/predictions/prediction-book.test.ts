import { describe, expect, test } from 'vitest';
import {
  EMPTY_BOOK,
  ENDED_MAX,
  OPEN_MAX,
  turnBook,
  type PredictionBook,
  type Turn,
} from '../../../src/domain/predictions/prediction-book.ts';
import { DAY, minutesOf, MINUTE_MS, NOW, NOW_MS, PROCESSOR, type Shape } from './made-minutes.ts';
import { predictionFigures } from '../../../src/domain/predictions/prediction-tally.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import type { Prognosis } from '../../../src/domain/predictions/prediction.ts';

const HOUR_MS = 60 * MINUTE_MS;
const prognosis = (given: Partial<Prognosis> = {}): Prognosis => ({
  processorId: PROCESSOR,
  kind: 'error_rate_rising',
  probability: 0.65,
  window: { fromMs: NOW_MS, toMs: NOW_MS + HOUR_MS },
  limit: 0.1,
  evidence: { shareNow: 0.06 },
  recommendedAction: 'cap_traffic',
  severity: 'warning',
  ...given,
});
const turn = (given: Partial<Turn> = {}): Turn => ({
  processorId: PROCESSOR,
  nowMs: NOW_MS,
  minutes: minutesOf(),
  prognoses: [],
  sensitivity: 'medium',
  ...given,
});
const opened = turnBook(EMPTY_BOOK, turn({ prognoses: [prognosis()] })).book;

/** The minutes from NOW on, `after` counted from 0. */
function later(length: number, shape: (after: number) => ReturnType<Shape>): ReturnType<typeof minutesOf> {
  return minutesOf()
    .map((minute, after) => ({ ...minute, minute: NOW + after, ...shape(after) }))
    .slice(0, length);
}

describe('opening', () => {
  test.each([
    ['low', 0.5],
    ['medium', 0.2],
    ['high', 0.08],
  ] as const)('[PRD-13] %s sensitivity opens a rise of failures from %d on', (sensitivity, least) => {
    const openedAt = (probability: number): number =>
      turnBook(EMPTY_BOOK, turn({ prognoses: [prognosis({ probability })], sensitivity })).book.open.length;
    expect([openedAt(least), openedAt(least - 0.001)]).toEqual([1, 0]);
  });

  test('[PRD-13] a second one of the same processor and kind is none; of another kind it is', () => {
    const nowMs = NOW_MS + MINUTE_MS;
    const { book, changes } = turnBook(
      opened,
      turn({ nowMs, prognoses: [prognosis(), prognosis({ kind: 'latency_rising', limit: 5_000 })] }),
    );
    expect(book.open.map(({ id }) => id)).toEqual([
      `prd_acme_error_rate_rising_${NOW}`,
      `prd_acme_latency_rising_${NOW + 1}`,
    ]);
    expect(changes.map(({ type }) => type)).toEqual(['opened']);
  });

  test('[PRD-13] window and limit stay, the rest follows, and a change of a tenth is told', () => {
    const moved = prognosis({
      probability: 0.85,
      limit: 0.5,
      window: { fromMs: NOW_MS, toMs: NOW_MS + 9 * HOUR_MS },
      recommendedAction: 'drain',
    });
    const { book, changes } = turnBook(opened, turn({ nowMs: NOW_MS + MINUTE_MS, prognoses: [moved] }));
    const [before, after] = [opened.open[0]!, book.open[0]!];
    expect(after).toEqual({
      ...before,
      probability: 0.85,
      recommendedAction: 'drain',
      updatedAtMs: NOW_MS + MINUTE_MS,
    });
    expect(after.probabilityAtOpening).toBe(0.65);
    expect(changes).toEqual([{ type: 'updated', prediction: after }]);
  });
});

describe('how it ends', () => {
  test('[PRD-14] the first minute at which the trouble is there confirms it, at its end', () => {
    const minutes = later(30, (after) => ({ failures: after >= 20 ? 30 : 0 }));
    const { book, changes } = turnBook(opened, turn({ nowMs: NOW_MS + 30 * MINUTE_MS, minutes }));
    expect(book.open).toEqual([]);
    // Two minutes of 30 of 60 are 10% of ten minutes.
    expect(book.ended[0]).toMatchObject({ outcome: 'confirmed', troubleAtMs: NOW_MS + 22 * MINUTE_MS });
    expect(changes.map(({ type }) => type)).toEqual(['confirmed']);
    expect(predictionFigures(book.tallies.error_rate_rising)).toMatchObject({
      precision: 1,
      leadMeanMs: 22 * MINUTE_MS,
    });
  });

  test('[PRD-14] a trouble after the window confirms nothing', () => {
    const minutes = later(75, (after) => ({ failures: after >= 60 ? 30 : 0 }));
    const { book } = turnBook(opened, turn({ nowMs: NOW_MS + 75 * MINUTE_MS, minutes }));
    expect(book.ended[0]).toMatchObject({ outcome: 'false', troubleAtMs: null });
  });

  test.each([
    ['half of them', 30, 'false'],
    ['fewer', 29, 'unjudged'],
  ])('[PRD-15] without the trouble, and with attempts in %s of its minutes, it is %s', (_, seen, outcome) => {
    const minutes = later(60, (after) => ({ attempts: after < seen ? 60 : 0, failures: 0 }));
    const { book } = turnBook(opened, turn({ nowMs: NOW_MS + HOUR_MS, minutes }));
    expect(book.ended[0]!.outcome).toBe(outcome);
    expect(predictionFigures(book.tallies.error_rate_rising).judged).toBe(outcome === 'false' ? 1 : 0);
  });

  test('[PRD-15] before its window ends nothing is said', () => {
    const { book } = turnBook(
      opened,
      turn({ nowMs: NOW_MS + HOUR_MS - 1, minutes: later(60, () => ({ failures: 0 })) }),
    );
    expect(book.open).toHaveLength(1);
  });

  const startsOf = (until: number): readonly number[] => {
    let book: PredictionBook = EMPTY_BOOK;
    const starts: number[] = [];
    for (let minute = 0; minute < until; minute += 5) {
      const nowMs = NOW_MS + minute * MINUTE_MS;
      const minutes = minutesOf().map((each, i) => ({ ...each, failures: 0, minute: NOW + minute - DAY + i }));
      const prognoses = [prognosis({ window: { fromMs: nowMs, toMs: nowMs + HOUR_MS } })];
      const next = turnBook(book, turn({ nowMs, minutes, prognoses }));
      if (next.changes.some(({ type }) => type === 'opened')) starts.push(minute);
      book = next.book;
    }
    return starts;
  };

  test('[PRD-16] false ones in a row rest for 0, 0, 1, 2, 4 horizons', () => {
    expect(startsOf(750)).toEqual([0, 60, 120, 240, 420, 720]);
  });

  test('[PRD-17] a clock set back ends what it opened ahead; a day after its window a forgotten one ends', () => {
    const back = turnBook(opened, turn({ nowMs: NOW_MS - 61_000 }));
    expect(back.book.ended[0]!.outcome).toBe('unjudged');
    const other = turn({ processorId: asProcessorId('other'), nowMs: NOW_MS + 25 * HOUR_MS });
    expect(turnBook(opened, { ...other, nowMs: other.nowMs - 1 }).book.open).toHaveLength(1);
    expect(turnBook(opened, other).book.ended[0]!.outcome).toBe('unjudged');
  });
});

describe('what is kept', () => {
  test('[PRD-18] the same look twice changes nothing, and the book survives JSON', () => {
    const again = turnBook(opened, turn({ prognoses: [prognosis()] }));
    expect(again).toEqual({ book: opened, changes: [] });
    expect(JSON.parse(JSON.stringify(opened))).toEqual(opened);
  });

  test('[PRD-18] at most 400 are open and 500 remembered', () => {
    let book: PredictionBook = EMPTY_BOOK;
    for (let index = 0; index < 600; index++) {
      const processorId = asProcessorId(`p${index}`);
      book = turnBook(book, turn({ processorId, prognoses: [prognosis({ processorId })] })).book;
    }
    expect(book.open).toHaveLength(OPEN_MAX);
    const ended = turnBook(book, turn({ nowMs: NOW_MS + 40 * HOUR_MS })).book;
    expect(ended.open).toEqual([]);
    expect(ended.ended).toHaveLength(OPEN_MAX);
    let full = ended;
    for (let index = 0; index < 200; index++) {
      const processorId = asProcessorId(`q${index}`);
      full = turnBook(full, turn({ processorId, prognoses: [prognosis({ processorId })] })).book;
    }
    full = turnBook(full, turn({ nowMs: NOW_MS + 80 * HOUR_MS })).book;
    expect(full.ended).toHaveLength(ENDED_MAX);
  });

  test('[PRD-19] Brier score, reliability and precision are those of the probability at the opening', () => {
    const came = later(30, () => ({ failures: 30 }));
    const confirmed = turnBook(opened, turn({ nowMs: NOW_MS + 30 * MINUTE_MS, minutes: came })).book;
    const second = turnBook({ ...confirmed, rests: [] }, turn({ prognoses: [prognosis({ probability: 0.68 })] })).book;
    const minutes = later(60, () => ({ failures: 0 }));
    const both = turnBook(second, turn({ nowMs: NOW_MS + HOUR_MS, minutes })).book;
    const figures = predictionFigures(both.tallies.error_rate_rising);
    expect(figures).toMatchObject({ judged: 2, precision: 0.5 });
    expect(figures.brier).toBeCloseTo((0.35 ** 2 + 0.68 ** 2) / 2, 12);
    expect(figures.reliability).toEqual([{ count: 2, foretold: expect.closeTo(0.665, 12), came: 0.5 }]);
  });

  test('[PRD-19] of nothing there are no figures', () => {
    expect(predictionFigures(EMPTY_BOOK.tallies.latency_rising)).toEqual({
      judged: 0,
      unjudged: 0,
      precision: null,
      brier: null,
      leadMeanMs: null,
      reliability: [],
    });
  });
});
