// How large the largest routing table is that the API takes, beside what an isolate has.
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/domain/configuration/apply-change.ts';
import { SEGMENTS_PER_ANSWER } from '../../src/domain/routing/board-state.ts';
import { runProgram } from '../../tools/run-program.ts';
import type { TableSize } from '../../bench/table-size.ts';

const MIB = 1_048_576;

test(
  '[TAB-47] [TAB-48] 200 processors in 200 segments fit an isolate, and an answer of the board fits a call',
  { timeout: 120_000 },
  async () => {
    // In a process of its own: what other tests hold is not counted.
    const told = await runProgram('node', ['bench/table-size.ts', String(LIMITS.processors), '200']);
    const size = JSON.parse(told) as TableSize;
    expect(size).toMatchObject({ processors: 200, segments: 200 });
    expect(size.heapBytes).toBeGreaterThan(MIB);
    expect(size.heapBytes).toBeLessThan(96 * MIB);
    // A call between objects carries 32 MiB, and an answer of the board so many segments.
    expect((size.wireBytes / (200 * 200)) * SEGMENTS_PER_ANSWER).toBeLessThan(16 * MIB);
  },
);
