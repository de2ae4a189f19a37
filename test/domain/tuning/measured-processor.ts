// A processor as it is measured on a calm day; a test says what is different.
import type { ProcessorEvidence } from '../../../src/domain/tuning/processor-evidence.ts';

export const evidenceOf = (over: Partial<ProcessorEvidence> = {}): ProcessorEvidence => ({
  attempts: 20_000,
  failures: 200,
  timeouts: 20,
  measured: 19_900,
  latencyP50Ms: 400,
  latencyP99Ms: 2_600,
  latencyP995Ms: 3_000,
  byAttempt: [{ attempt: 1, count: 19_000, approved: 16_000 }],
  busy: { attempts: 2_000, failures: 20 },
  calm: { attempts: 18_000, failures: 180 },
  busyPerSecond: 8,
  peakPerSecond: 12,
  // A table of two seconds is right for it.
  breakerChanges: 59,
  ...over,
});
