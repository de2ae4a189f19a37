// Reads a scenario file: its shape and defaults; what is impossible in it is found in scenario-check.ts. Every field is told in lab/README.md.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkScenario } from './scenario-check.ts';
import { delaySeconds, latencyMs, LATENCY_SIGMA } from './scenario-delay.ts';
import { fields, unreadable } from './scenario-fields.ts';
import { problemsOf, repaired, type ScenarioProblem } from './scenario-problems.ts';

const rate = z.number().min(0).max(1);
const fraction = z.number().min(0).max(1);
const minor = z.number().min(0).max(1e12);
const bps = z.number().min(0).max(10_000);
/** A rate, a factor, a length: far from what a sum over ten million payments could not hold. */
const positive = z.number().min(1e-6).max(1e9);
const factor = z.number().min(0).max(1e6);
const milliseconds = z.number().positive().max(1e12);
/** 0.01 to 1,000,000: an approval may earn a hundred times its amount, and never nothing. */
const marginBps = z.number().min(0.01).max(1_000_000).optional();

const place = { paymentMethod: z.string().min(1).optional(), country: z.string().min(1).optional() };
/** By words, or by its place in the list of segments. */
const segmentName = z.union([z.string().min(1), z.number().int().min(0), fields(place)]);
const feeOn = z.enum(['attempt', 'approval']);

const segment = fields({
  paymentMethod: z.string().min(1).max(40),
  country: z.string().min(1).max(40),
  share: rate.optional(),
  amountMinor: z.number().int().positive().max(1e12).default(10_000),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, 'three letters are wanted here, as in ISO 4217')
    .toUpperCase()
    .default('USD'),
  marginBps,
});

const segments = z
  .array(segment)
  .min(1)
  .max(250)
  .transform((list, context) => {
    const untold = list.filter(({ share }) => share === undefined).length;
    return list.map((each, index) => {
      if (each.share === undefined && untold < list.length)
        context.addIssue({ code: 'custom', path: [index, 'share'], message: 'the others tell their shares' });
      return { ...each, share: each.share ?? 1 / list.length };
    });
  });

const performance = {
  approvalRate: rate.optional(),
  errorRate: rate.optional(),
  timeoutRate: rate.optional(),
  latencyMs: latencyMs.transform(({ medianMs }) => medianMs).optional(),
  feeMinor: minor.optional(),
  feeBps: bps.optional(),
};
const ownSegment = fields({ ...place, ...performance });

const fees = { feeOn: feeOn.optional(), declineFeeMinor: minor.optional(), marginBps };

const processor = fields({
  id: z.string().trim().min(1).max(64),
  segments: z
    .union([
      z.array(z.union([z.string().min(1), z.number().int().min(0), ownSegment])).min(1),
      z
        .record(z.string(), fields(performance))
        .refine((named) => Object.keys(named).length > 0, 'at least one segment is wanted here'),
    ])
    .optional(),
  approvalRate: rate.optional(),
  errorRate: rate.default(0),
  timeoutRate: rate.default(0),
  latencyMs: latencyMs.default({ medianMs: 200 }),
  timeoutMs: milliseconds.optional(),
  feeMinor: minor.optional(),
  feeBps: bps.optional(),
  fees: fields({ ...fees, feeMinor: minor.optional(), feeBps: bps.optional() }).default({}),
  ...fees,
  maxTps: positive.optional(),
  fromFraction: fraction.default(0),
  toFraction: fraction.default(1),
}).transform(({ fees: own, latencyMs: latency, segments: served, ...told }, context) => {
  const listed: (string | number | OwnSegment)[] | undefined =
    served === undefined || Array.isArray(served) ? served : listOf(served);
  const rates = (listed ?? []).map((name) => (typeof name === 'object' ? name.approvalRate : undefined));
  const highest = Math.max(...rates.filter((each) => each !== undefined));
  if (told.approvalRate === undefined && (rates.length === 0 || rates.includes(undefined)))
    context.addIssue({ code: 'custom', path: ['approvalRate'], message: 'a number is wanted here' });
  return {
    ...told,
    approvalRate: told.approvalRate ?? highest,
    latencyMs: latency.medianMs,
    latencySigma: latency.sigma ?? LATENCY_SIGMA,
    segments: listed,
    feeMinor: told.feeMinor ?? own.feeMinor ?? 0,
    feeBps: told.feeBps ?? own.feeBps ?? 0,
    feeOn: told.feeOn ?? own.feeOn,
    declineFeeMinor: told.declineFeeMinor ?? own.declineFeeMinor,
    marginBps: told.marginBps ?? own.marginBps,
  };
});

type OwnSegment = z.output<typeof ownSegment> & { readonly name?: string };

/** `{ "CARD|BR": { ... } }` as `[{ name: "CARD|BR", ... }]`. */
function listOf(
  byName: Readonly<Record<string, z.output<z.ZodObject<typeof performance>>>>,
): (string | number | OwnSegment)[] {
  return Object.entries(byName).map(([name, own]) => ({ ...own, name }));
}

const target = fields({
  approvalRate: rate.optional(),
  errorRate: rate.optional(),
  timeoutRate: rate.optional(),
  latencyMs: latencyMs.transform(({ medianMs }) => medianMs).optional(),
  lossRate: rate.optional(),
  userErrorRate: rate.optional(),
});

const SHAPES = ['step', 'ramp', 'sine', 'flapping', 'calendar'] as const;
const SHAPE_NAMES: Readonly<Record<string, (typeof SHAPES)[number]>> = {
  flap: 'flapping',
  sinusoid: 'sine',
  calendarwindow: 'calendar',
  calendarwindows: 'calendar',
};
const shape = z
  .string()
  .transform((name) => {
    const plain = name.toLowerCase().replace(/[^a-z]/g, '');
    return SHAPE_NAMES[plain] ?? plain;
  })
  .pipe(z.enum(SHAPES));

const episode = fields({
  processor: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  segment: z.union([segmentName, z.array(segmentName).min(1)]).optional(),
  fromFraction: fraction,
  toFraction: fraction,
  set: target.optional(),
  scale: fields({ approvalRate: factor.optional(), latencyMs: factor.optional() }).optional(),
  shape: shape.default('step'),
  periodFraction: positive.optional(),
  phaseRadians: z.number().optional(),
  hours: fields({
    from: z.number().min(0).max(24),
    to: z.number().min(0).max(24),
    weekdays: z.array(z.number().int().min(0).max(6)).min(1).optional(),
  }).optional(),
});

const burst = fields({ fromFraction: fraction, toFraction: fraction, factor: positive });

const scenarioSchema = fields({
  id: z.string().min(1).max(100),
  description: z.string().optional(),
  /** Chance is made of 32 bits: a larger seed would be the same as a smaller one. */
  seed: z.number().int().min(0).max(0xffff_ffff).default(1),
  transactions: z.number().int().min(1).max(10_000_000),
  arrivalsPerSecond: positive.default(10),
  startsAt: z.iso.datetime({ offset: true }).default('2026-01-05T00:00:00Z'),
  arrivals: fields({
    process: z.enum(['poisson', 'regular']).default('poisson'),
    dailyAmplitude: rate.default(0),
    weeklyAmplitude: rate.default(0),
    bursts: z.array(burst).default([]),
  }).default({ process: 'poisson', dailyAmplitude: 0, weeklyAmplitude: 0, bursts: [] }),
  segments: segments.default([
    { paymentMethod: 'CARD', country: 'US', share: 1, amountMinor: 10_000, currency: 'USD' },
  ]),
  processors: z.array(processor).min(1).max(250),
  episodes: z.array(episode).default([]),
  userErrorRate: rate.default(0),
  timeoutMs: milliseconds.default(30_000),
  feedback: fields({
    delaySeconds: delaySeconds.default(0),
    delayTransactions: z.number().int().min(0).default(0),
    lossRate: rate.default(0),
    duplicateRate: rate.default(0),
    outOfOrderRate: rate.default(0),
  }).default({ delaySeconds: 0, delayTransactions: 0, lossRate: 0, duplicateRate: 0, outOfOrderRate: 0 }),
  tableAgeSeconds: z.number().min(0).max(3_600).default(0),
  cascade: fields({
    softDeclineShare: rate,
    retriesMax: z.number().int().min(0).max(10).default(1),
    retryApprovalFactor: rate.default(0.6),
  }).default({ softDeclineShare: 0, retriesMax: 0, retryApprovalFactor: 0.6 }),
  fees: fields(fees).default({}),
  ...fees,
});

/** As it is written: an episode may name several processors and segments. */
export type WrittenScenario = z.output<typeof scenarioSchema>;
type WrittenEpisode = WrittenScenario['episodes'][number];
export type SegmentName = z.output<typeof segmentName> | OwnSegment;
export interface ScenarioEpisode extends Omit<WrittenEpisode, 'processor' | 'segment'> {
  /** `*`: all. */
  readonly processor: string;
  readonly segment?: SegmentName | undefined;
}
export interface Scenario extends Omit<WrittenScenario, 'episodes'> {
  readonly episodes: readonly ScenarioEpisode[];
}
export type ScenarioProcessor = Scenario['processors'][number];

export type ScenarioReading =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

export function parseScenario(json: unknown): ScenarioReading {
  const hopeless = unreadable(json);
  if (hopeless.length > 0) return { ok: false, problems: hopeless };
  const parsed = scenarioSchema.safeParse(json);
  if (!parsed.success) return { ok: false, problems: allProblems(json, parsed.error.issues) };
  const problems = checkScenario(parsed.data);
  if (problems.length > 0) return { ok: false, problems };
  const { processors, fees: told } = parsed.data;
  const marginBps = told.marginBps ?? parsed.data.marginBps ?? processors[0]!.marginBps;
  return {
    ok: true,
    scenario: { ...parsed.data, fees: { ...told, marginBps }, episodes: parsed.data.episodes.flatMap(spread) },
  };
}

/** With a field that cannot be read the rest is looked at all the same: who mends a file wants to hear of everything. */
function allProblems(json: unknown, issues: readonly z.core.$ZodIssue[], rounds = 3): ScenarioProblem[] {
  const told = issues.flatMap(problemsOf);
  const isAbout = (problem: ScenarioProblem): boolean =>
    told.some(({ path }) => path.startsWith(problem.path) || problem.path.startsWith(path)) ||
    (problem.path.includes('.processor') && told.some(({ path }) => /^processors(\[\d+\](\.id)?)?$/.test(path)));
  const mended = repaired(json, issues);
  const parsed = scenarioSchema.safeParse(mended);
  const others = parsed.success
    ? checkScenario(parsed.data)
    : rounds === 0
      ? []
      : allProblems(mended, parsed.error.issues, rounds - 1);
  return [...told, ...others.filter((problem) => !isAbout(problem))];
}

/** One episode for each processor and segment that it names. */
function spread(episode: WrittenEpisode): ScenarioEpisode[] {
  const segments = Array.isArray(episode.segment) ? episode.segment : [episode.segment];
  return [episode.processor]
    .flat()
    .flatMap((id) => segments.map((name) => ({ ...episode, processor: id, segment: name })));
}

/** From any path, relative to where the command was called. */
export function readScenario(file: string): ScenarioReading {
  const broken = (message: string): ScenarioReading => ({ ok: false, problems: [{ path: '', message }] });
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
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
