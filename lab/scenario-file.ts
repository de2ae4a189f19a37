// Reads a scenario file: its shape and defaults; what is impossible in it is found in scenario-check.ts. Every field is told in lab/README.md.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkScenario } from './scenario-check.ts';

const rate = z.number().min(0).max(1);
const fraction = z.number().min(0).max(1);
const minor = z.number().min(0).max(1e12);
const positive = z.number().positive();
const segmentText = z
  .string()
  .regex(/^[^|/]+([|/][^|/]+)?$/, 'a segment is written "METHOD|COUNTRY", or "METHOD" for all its countries');
const segmentName = z.union([
  segmentText,
  z.strictObject({ paymentMethod: z.string().min(1), country: z.string().min(1).optional() }),
]);
const feeOn = z.enum(['attempt', 'approval']);

const delay = z.union([
  z.number().min(0),
  z.discriminatedUnion('distribution', [
    z.strictObject({ distribution: z.literal('exponential'), mean: positive }),
    z.strictObject({ distribution: z.literal('lognormal'), median: positive, p99: positive }),
    z.strictObject({ distribution: z.literal('uniform'), from: z.number().min(0), to: positive }),
  ]),
]);

const segment = z.strictObject({
  paymentMethod: z.string().min(1).max(40),
  country: z.string().min(1).max(40),
  share: rate.default(1),
  amountMinor: z.number().int().positive().default(10_000),
  currency: z.string().length(3).default('USD'),
  marginBps: positive.optional(),
});

const performance = {
  approvalRate: rate.optional(),
  errorRate: rate.optional(),
  timeoutRate: rate.optional(),
  latencyMs: z.number().min(0).optional(),
  feeMinor: minor.optional(),
  feeBps: z.number().min(0).max(10_000).optional(),
};

const processor = z.strictObject({
  ...performance,
  id: z.string().regex(/^[\w.-]{1,64}$/, 'an id is 1-64 letters, digits, _, . and -'),
  segments: z
    .array(
      z.union([
        segmentText,
        z.strictObject({ ...performance, paymentMethod: z.string().min(1), country: z.string().min(1).optional() }),
      ]),
    )
    .min(1)
    .optional(),
  approvalRate: rate,
  errorRate: rate.default(0),
  timeoutRate: rate.default(0),
  latencyMs: z.number().min(0).default(200),
  timeoutMs: positive.optional(),
  feeMinor: minor.default(0),
  feeBps: z.number().min(0).max(10_000).default(0),
  feeOn: feeOn.optional(),
  declineFeeMinor: minor.optional(),
  maxTps: positive.optional(),
  fromFraction: fraction.default(0),
  toFraction: fraction.default(1),
});

const target = z.strictObject({
  approvalRate: rate.optional(),
  errorRate: rate.optional(),
  timeoutRate: rate.optional(),
  latencyMs: z.number().min(0).optional(),
  lossRate: rate.optional(),
  userErrorRate: rate.optional(),
});

const episode = z.strictObject({
  processor: z.string().min(1),
  segment: segmentName.optional(),
  fromFraction: fraction,
  toFraction: fraction,
  set: target.optional(),
  scale: z
    .strictObject({ approvalRate: z.number().min(0).optional(), latencyMs: z.number().min(0).optional() })
    .optional(),
  shape: z.enum(['step', 'ramp', 'sine', 'flapping', 'calendar']).default('step'),
  periodFraction: positive.optional(),
  phaseRadians: z.number().optional(),
  hours: z
    .strictObject({
      from: z.number().min(0).max(24),
      to: z.number().min(0).max(24),
      weekdays: z.array(z.number().int().min(0).max(6)).min(1).optional(),
    })
    .optional(),
});

const fees = { feeOn: feeOn.optional(), declineFeeMinor: minor.optional(), marginBps: positive.optional() };

const scenarioSchema = z.strictObject({
  id: z.string().min(1).max(100),
  description: z.string().optional(),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  transactions: z.number().int().min(1).max(10_000_000),
  arrivalsPerSecond: positive.default(10),
  startsAt: z.iso.datetime().default('2026-01-05T00:00:00Z'),
  arrivals: z
    .strictObject({
      process: z.enum(['poisson', 'regular']).default('poisson'),
      dailyAmplitude: rate.default(0),
      weeklyAmplitude: rate.default(0),
      bursts: z.array(z.strictObject({ fromFraction: fraction, toFraction: fraction, factor: positive })).default([]),
    })
    .default({ process: 'poisson', dailyAmplitude: 0, weeklyAmplitude: 0, bursts: [] }),
  segments: z
    .array(segment)
    .min(1)
    .max(250)
    .default([{ paymentMethod: 'CARD', country: 'US', share: 1, amountMinor: 10_000, currency: 'USD' }]),
  processors: z.array(processor).min(1).max(250),
  episodes: z.array(episode).default([]),
  userErrorRate: rate.default(0),
  timeoutMs: positive.default(30_000),
  feedback: z
    .strictObject({
      delaySeconds: delay.default(0),
      delayTransactions: z.number().int().min(0).default(0),
      lossRate: rate.default(0),
      duplicateRate: rate.default(0),
      outOfOrderRate: rate.default(0),
    })
    .default({ delaySeconds: 0, delayTransactions: 0, lossRate: 0, duplicateRate: 0, outOfOrderRate: 0 }),
  tableAgeSeconds: z.number().min(0).max(3_600).default(0),
  cascade: z
    .strictObject({
      softDeclineShare: rate,
      retriesMax: z.number().int().min(0).max(10),
      retryApprovalFactor: rate.default(0.6),
    })
    .default({ softDeclineShare: 0, retriesMax: 0, retryApprovalFactor: 0.6 }),
  fees: z.strictObject(fees).default({}),
  ...fees,
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioProcessor = Scenario['processors'][number];
export type ScenarioEpisode = Scenario['episodes'][number];
export type ScenarioDelay = z.output<typeof delay>;
export type SegmentName = z.output<typeof segmentName>;

/** `path` is written as in JavaScript: `episodes[0].set.approvalRate`. */
export interface ScenarioProblem {
  readonly path: string;
  readonly message: string;
}

export type ScenarioReading =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

export function parseScenario(json: unknown): ScenarioReading {
  const parsed = scenarioSchema.safeParse(json);
  const problems = parsed.success ? checkScenario(parsed.data) : parsed.error.issues.flatMap(problemsOf);
  if (problems.length > 0 || !parsed.success) return { ok: false, problems };
  return { ok: true, scenario: parsed.data };
}

/** From any path, relative to where the command was called. */
export function readScenario(file: string): ScenarioReading {
  const broken = (message: string): ScenarioReading => ({ ok: false, problems: [{ path: '', message }] });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return broken(`the file cannot be read: ${(error as Error).message}`);
  }
  try {
    return parseScenario(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return broken(`the file is not JSON: ${error.message}`);
    throw error;
  }
}

export function describeProblems(file: string, problems: readonly ScenarioProblem[]): string {
  const lines = problems.map(({ path, message }) => `  ${path === '' ? '(file)' : path}: ${message}`);
  return `${file} is refused:\n${lines.join('\n')}`;
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue): ScenarioProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'unknown field' }));
  if (issue.code === 'invalid_union') {
    // The branch that got furthest says what is wrong; if each fails at the value itself, none of them was meant.
    const deeper = issue.errors.find((branch) => branch.length > 0 && branch.every(({ path }) => path.length > 0));
    const keyed = issue.errors.find((branch) => branch.some(({ code }) => code === 'unrecognized_keys'));
    const branch = deeper ?? keyed ?? issue.errors[0];
    if (branch !== undefined)
      return branch.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
  }
  return [{ path: pathOf(issue.path), message: issue.message }];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
