// The acceptance tests of payment-rules at their full figures: where each stands, by which names, and how much it must say that it ran.

export interface Figure {
  /** As the tests tell it (test/harness/soak.ts). */
  readonly name: string;
  readonly least: number;
  /** Over the tests that tell it: each of them reaches it, or all of them together. */
  readonly by: 'each' | 'together';
}

export interface AcceptanceTest {
  readonly id: string;
  readonly what: string;
  readonly files: readonly string[];
  /** Part of the full name, as a regular expression; the rest of the files does not run. */
  readonly names: string;
  readonly figures: readonly Figure[];
  /** Without this one it does not run. */
  readonly program?: { readonly name: string; readonly debianPackage: string };
}

const each = (name: string, least: number): Figure => ({ name, least, by: 'each' });
const together = (name: string, least: number): Figure => ({ name, least, by: 'together' });

export const ACCEPTANCE_TESTS: readonly AcceptanceTest[] = [
  {
    id: 'T5',
    what: 'forged signatures, none accepted',
    files: ['test/connectors/signatures.test.ts', 'test/connectors/standard-webhooks/adapter.test.ts'],
    names: 'CON-[1-4]\\]|CON-13\\]',
    figures: [each('mutations per adapter', 100_000), together('library cases', 15)],
  },
  {
    id: 'T7',
    what: 'any order, 30% lost, 50% replayed: one final state',
    files: ['test/flows/webhook-permutations.test.ts'],
    names: 'WHK-15\\]',
    figures: [each('permutations', 1_000)],
  },
  {
    id: 'T9',
    what: 'what trips a breaker: issuer declines never, outages and brown-outs soon',
    files: ['test/simulation/outage-signal.test.ts'],
    names: 'BRK-(28|34)\\]',
    figures: [
      each('hours of issuer declines', 24),
      each('full outages', 2_000),
      each('brown-outs', 2_000),
      each('attempts at a baseline of 2%', 10_000_000),
    ],
  },
  {
    id: 'T11',
    what: 'retries at most 1.2 times the requests, 1.02 times in a full outage',
    files: ['test/domain/retries/retry-budget.test.ts', 'test/workerd/next-payment.test.ts'],
    names: 'RTY-21\\]|NXT-8\\]',
    figures: [
      each('requests a rate and seed', 20_000),
      together('rates of failure', 18),
      each('requests in a full outage', 20_000),
    ],
  },
  {
    id: 'T12',
    what: 'an eager retrier for 90 days: every ceiling of the networks hit, none broken',
    files: ['test/domain/retries/network-ceilings.test.ts', 'test/workerd/network-ceilings.test.ts'],
    names: 'RTY-25\\]',
    figures: [each('cards', 400), each('ceilings hit of all there are', 4), each('cards through the service', 3)],
  },
  {
    id: 'T13',
    what: 'unknown outcomes at a processor that alone knows: none charged twice',
    files: ['test/system/unknown-outcomes.test.ts'],
    names: '',
    figures: [each('payments', 10_000)],
  },
  {
    id: 'T15',
    what: 'card numbers in every spelling and place, none left; ids neither refused nor mixed up; strange webhooks',
    files: [
      'test/contract/http/card-flood.test.ts',
      'test/contract/http/webhook-fuzz.test.ts',
      'test/domain/results/card-number.test.ts',
      'test/flows/vendor-ids.test.ts',
      'test/workerd/card-flood.test.ts',
    ],
    names: 'PAN-(4|12)\\]|WHK-2[12]\\]',
    figures: [
      each('payloads', 1_000_000),
      each('payloads through the Worker', 300),
      together('ids of our own', 300_000),
      each('ids sent per vendor', 10_000),
      each('strange bodies per endpoint', 20_000),
    ],
  },
  {
    id: 'T21',
    what: 'stream readers killed in the middle of batches: none lost, none counted twice, at least 1,000 events a second',
    files: ['test/system/stream-crash.test.ts', 'test/system/stream-reader.test.ts'],
    names: 'STR-',
    figures: [each('payments', 100_000), together('deaths', 8), each('events a second', 1_000)],
    program: { name: 'redis-server', debianPackage: 'redis-server' },
  },
];
