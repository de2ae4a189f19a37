import { expect, test } from 'vitest';
import { hoursToJudge, lookedAt } from '../../../src/domain/evaluation/judging-times.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T = Date.UTC(2031, 2, 1, 10);
const END = T + HOUR;

const isDue = (judgedAtMs: number | null, now: number): boolean =>
  hoursToJudge(new Map([[T, judgedAtMs]]), now).includes(T);

test.each([
  ['never judged', null, T + 1, true],
  ['while it runs', T + 1, T + 2, true],
  ['just after its end', END, END + HOUR - 1, true],
  ['an hour after its end', END + HOUR - 1, END + HOUR, true],
  ['a moment later', END + HOUR, END + HOUR + 1, false],
  ['for a day', END + HOUR, END + 25 * HOUR - 1, false],
  ['after a day', END + HOUR, END + 25 * HOUR, true],
  ['after that', END + 25 * HOUR, END + 6 * DAY, false],
  ['when no result can come any more', END + 25 * HOUR, END + 7 * DAY + 2 * HOUR, true],
  ['for ever after', END + 7 * DAY + 2 * HOUR, END + 8 * DAY, false],
  ['judged by a clock that was ahead', END + 9 * DAY, END + 2 * DAY, true],
] as const)('[ANL-11] %s', (_, judgedAtMs, now, due) => {
  expect(isDue(judgedAtMs, now)).toBe(due);
});

test('[ANL-11] the newest hours come first, and those are looked at that could still be due', () => {
  expect(hoursToJudge(new Map([T, T + HOUR, T - HOUR].map((hour) => [hour, null])), END)).toEqual([
    T + HOUR,
    T,
    T - HOUR,
  ]);
  expect(lookedAt(T + 1)).toEqual({ fromMs: END - 9 * DAY, toMs: END });
});
