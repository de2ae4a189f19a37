import { expect, test } from 'vitest';
import { type LogLine, logText } from '../../src/domain/log-line.ts';

test('a line of the log holds the fields that are allowed, in their order, and no others', () => {
  const line = { count: 2, body: 'secret', event: 'uncaught', request_id: 'req_1' } as LogLine;
  expect(logText(line)).toBe('{"event":"uncaught","request_id":"req_1","count":2}');
});

test('a card number in a message is masked, and a message is cut', () => {
  const text = logText({ event: 'stream_step_crashed', error_message: `4111111111111111 ${'x'.repeat(1_000)}` });
  expect(text).not.toContain('4111111111111111');
  expect((JSON.parse(text) as { error_message: string }).error_message.length).toBeLessThanOrEqual(500);
});
