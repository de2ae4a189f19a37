import { expect, test } from 'vitest';
import {
  EMPTY_SHELF,
  readShelf,
  toldShelf,
  turnedShelf,
  untoldOf,
  writeShelf,
} from '../../../src/domain/predictions/prediction-shelf.ts';
import {
  PREDICTION_VARIABLES,
  readPredictionSettings,
  settingsFrom,
} from '../../../src/domain/predictions/prediction-settings.ts';
import { EMPTY_BOOK, turnBook } from '../../../src/domain/predictions/prediction-book.ts';
import { lookAhead } from '../../../src/domain/predictions/predict.ts';
import { MINUTE_MS, minutesOf, NOW_MS, pastOf, PROCESSOR, risen } from './made-minutes.ts';

const minutes = minutesOf((back) => ({ failures: Math.round(risen(back, 6)) }));
const turn = {
  processorId: PROCESSOR,
  nowMs: NOW_MS,
  minutes,
  prognoses: lookAhead(pastOf(minutes), NOW_MS),
  sensitivity: 'medium',
} as const;
const { book, changes } = turnBook(EMPTY_BOOK, turn);
const ids = changes.map(({ prediction }) => prediction.id);

test('[PRD-28] what was foretold waits for history until it was told, once, whatever was changed in between', () => {
  expect(ids).toHaveLength(1);
  const first = turnedShelf(EMPTY_SHELF, book, [...ids, 'prd_gone']);
  const second = turnedShelf(first, book, ids);
  expect([first.revision, second.revision]).toEqual([1, 2]);
  expect(second.untold).toEqual(ids);
  expect(untoldOf(second)).toMatchObject([
    { id: ids[0], kind: 'error_rate_rising', processorId: PROCESSOR, scope: '*', madeAtMs: NOW_MS, outcome: null },
  ]);
  const told = toldShelf(second, new Set(ids));
  expect([told.revision, told.untold, untoldOf(told)]).toEqual([3, [], []]);
});

test('[PRD-29] what has ended is told under the id under which it was opened', () => {
  const failing = minutesOf(() => ({ failures: 30 })).map((each) => ({ ...each, minute: each.minute + 20 }));
  const later = { ...turn, nowMs: NOW_MS + 20 * MINUTE_MS, minutes: failing, prognoses: [] };
  const ended = turnBook(book, later);
  expect(untoldOf(turnedShelf(EMPTY_SHELF, ended.book, ids))).toMatchObject([
    { id: ids[0], outcome: 'confirmed', judgedAtMs: later.nowMs },
  ]);
});

test('[PRD-42] the book is kept as it is, and one of newer code is refused', () => {
  const shelf = turnedShelf(EMPTY_SHELF, book, ids);
  expect(readShelf(writeShelf(shelf))).toEqual(shelf);
  expect(() => readShelf(JSON.stringify({ ...shelf, format: 2 }))).toThrow('newer');
  expect(() => readShelf(JSON.stringify({ format: 1, ...shelf, book: { ...book, format: 2 } }))).toThrow('newer');
});

test('[PRD-40] settings are read by their names, and what is wrong is named', () => {
  const good = {
    PREDICTIVE_MAINTENANCE_ENABLED: 'true',
    PREDICTION_SENSITIVITY: 'high',
    AUTO_SCHEDULE_MAINTENANCE: 'false',
    CONFIDENCE_THRESHOLD: '0.75',
  };
  expect(settingsFrom(readPredictionSettings(good))).toEqual({
    isOn: true,
    sensitivity: 'high',
    schedulesMaintenance: false,
    confidenceMin: 0.75,
  });
  for (const name of PREDICTION_VARIABLES)
    for (const value of ['', 'yes', 'toString', '2']) {
      const read = readPredictionSettings({ ...good, [name]: value });
      expect(read).toMatchObject({ ok: false, issues: [{ field: name }] });
      expect(() => settingsFrom(read)).toThrow(name);
    }
});
