// The house that is measured: 20 processors, 50 rules and 200 segments in which every processor has learned something, made through the API as a merchant would.
import { createApiClient, type ApiClient } from '../tools/api-client.ts';
import { seeded } from '../test/harness/seeded.ts';
import type { LocalSecrets } from '../tools/secrets.ts';

export const METHODS = ['CARD', 'PIX', 'WALLET', 'BANK_TRANSFER', 'CASH'];
export const COUNTRIES =
  'BR MX CO CL PE AR UY PY BO EC US CA GB DE FR ES IT PT NL BE SE NO DK FI PL CZ AT CH IE GR TR ZA NG KE EG IN ID JP KR AU'.split(
    ' ',
  );
export const PROCESSOR_IDS = Array.from({ length: 20 }, (_, index) => `processor_${index + 1}`);
const RULES = 50;
/** Of each processor in each segment. */
const RESULTS_PER_SEGMENT = 5;
const CALLERS = 2;
const SETTLE_WAIT_MS = 30_000;
const POLL_MS = 200;

export const RECOMMEND_PATH = '/api/v1/routing/recommend';
export const RECORD_PATH = '/api/v1/transactions';

export interface House {
  readonly admin: ApiClient;
  /** May route and record, no more. */
  readonly key: string;
}

export interface Segment {
  readonly method: string;
  readonly country: string;
}
export const SEGMENTS: readonly Segment[] = METHODS.flatMap((method) =>
  COUNTRIES.map((country) => ({ method, country })),
);

/** Processors and rules, and nothing learned yet. */
export async function furnish(
  url: string,
  secrets: LocalSecrets,
  { processors = PROCESSOR_IDS.length, rules = RULES }: { readonly processors?: number; readonly rules?: number } = {},
): Promise<House> {
  const admin = createApiClient(
    url,
    await createApiClient(url, secrets.bootstrapKey).createKey('bench operator', ['admin']),
  );
  const key = await admin.createKey('bench', ['route', 'ingest']);
  for (const [index, id] of PROCESSOR_IDS.slice(0, processors).entries())
    await admin.post('/api/v1/processors', {
      id,
      name: id,
      payment_methods: METHODS,
      countries: COUNTRIES,
      fee: { fixed_minor: 5 + (index % 7), bps: 150 + 5 * index },
    });
  for (let index = 0; index < rules; index += 1) await admin.post('/api/v1/rules', ruleOf(index));
  return { admin, key };
}

/** One in five speaks of every payment and asks for a condition; the others are of single methods and countries. */
function ruleOf(index: number): object {
  const processors = [PROCESSOR_IDS[index % 20], PROCESSOR_IDS[(index + 7) % 20]];
  const isGeneral = index % 5 === 0;
  const conditions = [
    `amount > ${900 + index}.0`,
    `currency == "EUR" && amount > ${800 + index}.0`,
    `has(metadata.tier) && metadata.tier == "gold"`,
  ];
  return {
    id: `rule_${index + 1}`,
    name: `Rule ${index + 1}`,
    priority: index,
    ...(!isGeneral && {
      payment_methods: [METHODS[index % 5]],
      countries: COUNTRIES.slice(index % 36, (index % 36) + 4),
    }),
    condition: isGeneral || index % 2 === 0 ? conditions[index % 3] : null,
    action:
      index % 3 === 0
        ? { kind: 'exclude', processors: processors.slice(0, 1) }
        : { kind: index % 7 === 0 ? 'pin' : 'prefer', processors },
  };
}

/** One result as a caller reports it; `luck` in [0, 1) makes one in eight a decline. */
export function transactionOf(id: string, processorId: string, { method, country }: Segment, luck: number): object {
  return {
    processor_id: processorId,
    result: luck < 0.125 ? 'declined' : 'approved',
    payment_method: method,
    country,
    amount: Math.round(2_000 + 90_000 * luck) / 100,
    currency: 'USD',
    transaction_id: id,
    latency_ms: Math.round(100 + 500 * luck),
  };
}

/** Every processor hears results of every segment. */
export async function teach({ admin }: House): Promise<void> {
  const draw = seeded(6);
  const turns = Array.from({ length: RESULTS_PER_SEGMENT }, (_, turn) => turn);
  const untaught = [...PROCESSOR_IDS];
  const caller = async (): Promise<void> => {
    for (let id = untaught.shift(); id !== undefined; id = untaught.shift()) {
      const its = id;
      const transactions = turns.flatMap((turn) =>
        SEGMENTS.map((segment, index) => transactionOf(`taught_${its}_${turn}_${index}`, its, segment, draw())),
      );
      const { counts } = await admin.post<{ counts: { recorded: number } }>(RECORD_PATH, { transactions });
      if (counts.recorded !== transactions.length)
        throw new Error(`only ${counts.recorded} of ${transactions.length} results were recorded`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** A question for each segment, as a checkout asks it. */
export const questions = (): object[] =>
  SEGMENTS.map(({ method, country }, index) => ({
    payment_method: method,
    country,
    amount: 10 + index,
    currency: 'USD',
    ...(index % 4 === 0 && {
      customer_ref: `customer_${index}`,
      metadata: { tier: index % 8 === 0 ? 'gold' : 'none' },
    }),
  }));

interface Answer {
  readonly decision_id: string | null;
  readonly degraded: boolean;
  readonly source: string;
  readonly recommendations: readonly { readonly authorization_rate: number | null }[];
}

/** The answers to all questions; throws where one is not what a healthy house answers, once there was time to learn. */
export async function wholeAnswers(url: string, key: string): Promise<readonly object[]> {
  const deadlineMs = performance.now() + SETTLE_WAIT_MS;
  for (;;) {
    const answers = await ask(url, key);
    const lacking = answers.find((answer) => lackOf(answer) !== null);
    if (lacking === undefined) return answers;
    if (performance.now() > deadlineMs)
      throw new Error(`an answer is not of a healthy house: ${lackOf(lacking)}\n${JSON.stringify(lacking)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function ask(url: string, key: string): Promise<Answer[]> {
  const api = createApiClient(url, key);
  const answers: Answer[] = [];
  for (const question of questions()) answers.push(await api.post<Answer>(RECOMMEND_PATH, question));
  return answers;
}

function lackOf({ decision_id: decisionId, degraded, source, recommendations }: Answer): string | null {
  if (degraded) return 'it is degraded';
  if (decisionId === null) return 'it has no decision id';
  if (source !== 'memory' && source !== 'board') return `it is from ${source}`;
  return recommendations.some((row) => row.authorization_rate === null) ? 'a rate is not known' : null;
}
