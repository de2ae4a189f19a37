import { describe, expect, test } from 'vitest';
import {
  readRetryAfter,
  SCHEDULE_MS,
  verdictOf,
  type Answer,
  type Verdict,
} from '../../../src/domain/notifications/delivery.ts';
import { status, T0 } from './sample-incident.ts';
import type { ChannelKind } from '../../../src/domain/notifications/channel.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('[NTF-4] ten attempts wait 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h: 75 h 35 min 5 s in all', () => {
  expect(SCHEDULE_MS).toEqual([
    0,
    5_000,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ]);
  expect(SCHEDULE_MS.reduce((sum, step) => sum + step, 0)).toBe(75 * HOUR + 35 * MINUTE + 5_000);
});

describe('what an answer means', () => {
  const retry = (delayMs: number, holdMs = 0): Verdict => ({ verdict: 'retry', delayMs, holdMs });
  type Case = readonly [Answer, ChannelKind, number, Verdict];
  const answers: readonly Case[] = [
    [status(200), 'webhook', 1, { verdict: 'delivered' }],
    [status(204), 'slack', 1, { verdict: 'delivered' }],
    [status(299), 'webhook', 10, { verdict: 'delivered' }],
    [status(199), 'webhook', 1, retry(5_000)],
    [status(300), 'webhook', 1, retry(5_000)],
    [status(301), 'webhook', 2, retry(5 * MINUTE)],
    [status(302), 'pagerduty', 9, retry(24 * HOUR)],
    [status(400), 'webhook', 1, retry(5_000)],
    [status(400), 'slack', 1, { verdict: 'rejected' }],
    [status(400), 'pagerduty', 1, { verdict: 'rejected' }],
    [status(404), 'slack', 1, retry(5_000)],
    [status(500), 'webhook', 3, retry(30 * MINUTE)],
    [{ kind: 'no_answer', why: 'timeout' }, 'webhook', 4, retry(2 * HOUR)],
    [{ kind: 'unsendable', why: 'private_address' }, 'webhook', 1, { verdict: 'rejected' }],
  ];
  const exhausted: readonly Case[] = [
    [status(500), 'webhook', 10, { verdict: 'exhausted', holdMs: 0 }],
    [{ kind: 'no_answer', why: 'connection' }, 'slack', 10, { verdict: 'exhausted', holdMs: 0 }],
  ];
  const gone: readonly Case[] = [
    [status(410), 'webhook', 1, { verdict: 'gone' }],
    [status(410), 'slack', 10, { verdict: 'gone' }],
  ];
  const held: readonly Case[] = [
    [status(429), 'webhook', 1, retry(5_000, 5_000)],
    [status(502), 'webhook', 4, retry(2 * HOUR, 5 * MINUTE)],
    [status(504), 'webhook', 1, retry(5_000, 5_000)],
    [status(429, 60_000), 'pagerduty', 1, retry(60_000, 60_000)],
    [status(429, 60_000), 'webhook', 3, retry(30 * MINUTE, 5 * MINUTE)],
    [status(503, 60_000), 'webhook', 1, retry(60_000, 60_000)],
    [status(429, 999 * HOUR), 'webhook', 1, retry(24 * HOUR, 24 * HOUR)],
  ];
  test.each(answers)('[NTF-5] %o to %s at attempt %i is %o', (answer, kind, attempts, verdict) => {
    expect(verdictOf(answer, kind, attempts)).toEqual(verdict);
  });
  test.each(exhausted)('[NTF-4] %o to %s at attempt %i is %o', (answer, kind, attempts, verdict) => {
    expect(verdictOf(answer, kind, attempts)).toEqual(verdict);
  });
  test.each(gone)('[NTF-7] %o to %s at attempt %i is %o', (answer, kind, attempts, verdict) => {
    expect(verdictOf(answer, kind, attempts)).toEqual(verdict);
  });
  test.each(held)('[NTF-8] %o to %s at attempt %i is %o', (answer, kind, attempts, verdict) => {
    expect(verdictOf(answer, kind, attempts)).toEqual(verdict);
  });
});

test('[NTF-8] Retry-After is seconds or an HTTP date, never longer than a day; anything else is none', () => {
  const date = new Date(T0 + 90_000).toUTCString();
  expect(readRetryAfter('120', T0)).toBe(120_000);
  expect(readRetryAfter(' 0 ', T0)).toBe(0);
  expect(readRetryAfter(date, T0)).toBe(90_000);
  expect(readRetryAfter(new Date(T0 - 5_000).toUTCString(), T0)).toBe(0);
  expect(readRetryAfter('99999999999', T0)).toBe(24 * HOUR);
  for (const text of [null, '', '-1', '1.5', 'soon', '2030-01-01T00:00:00Z', '1e9'])
    expect(readRetryAfter(text, T0)).toBeNull();
});
