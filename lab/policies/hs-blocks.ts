// Hyperswitch's previous engine: success over whole blocks of five results, a fifth of traffic to explore, a leaky bucket of failures.
import { AgedQueue } from './aged-queue.ts';
import { anyOf, booksOf, drawnBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

const BLOCK_RESULTS = 5;
const BLOCKS_KEPT = 8;
/** With fewer whole blocks than this the rate is not used. */
const BLOCKS_NEEDED = 5;
const SCORE_BEFORE = 1;
const EXPLORED_SHARE = 0.2;
const BUCKET_FAILURES = 5;
const BUCKET_MS = 60_000;

/** Approvals in whole blocks; the one under way counts when it is full. */
export class BlockScore {
  readonly #blocks: number[] = [];
  #results = 0;
  #approved = 0;

  add(approved: boolean): void {
    this.#results += 1;
    this.#approved += approved ? 1 : 0;
    if (this.#results < BLOCK_RESULTS) return;
    this.#blocks.push(this.#approved);
    if (this.#blocks.length > BLOCKS_KEPT) this.#blocks.shift();
    this.#results = 0;
    this.#approved = 0;
  }

  get score(): number {
    if (this.#blocks.length < BLOCKS_NEEDED) return SCORE_BEFORE;
    let approved = 0;
    for (const block of this.#blocks) approved += block;
    return approved / (this.#blocks.length * BLOCK_RESULTS);
  }
}

/** Each failure leaks out after 60 s; five that have not make it full. */
export class FailureBucket {
  readonly #failures = new AgedQueue<{ readonly atMs: number }>();

  add(atMs: number): void {
    this.#failures.push({ atMs });
    if (this.#failures.length > BUCKET_FAILURES) this.#failures.shift();
  }

  fullAt(now: number): boolean {
    while (this.#failures.shiftBefore(now - BUCKET_MS) !== null);
    return this.#failures.length >= BUCKET_FAILURES;
  }
}

class BlockRouting implements Policy {
  readonly #books: readonly (readonly { readonly blocks: BlockScore; readonly bucket: FailureBucket }[])[];

  constructor(world: World) {
    this.#books = booksOf(world, () => ({ blocks: new BlockScore(), bucket: new FailureBucket() }));
  }

  /** An eliminated processor goes to the end of the list, whether it leads or was drawn. */
  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const books = this.#books[payment.segment]!;
    const held = eligible.filter((arm) => !books[arm]!.bucket.fullAt(payment.atMs));
    const candidates = held.length > 0 ? held : eligible;
    const leader = drawnBest(candidates, (arm) => books[arm]!.blocks.score, draw);
    const explores = draw() < EXPLORED_SHARE;
    const uniform = EXPLORED_SHARE / candidates.length;
    const led = (1 - EXPLORED_SHARE) * leader.propensity + uniform;
    if (!explores) return { ...leader, propensity: led };
    const arm = anyOf(candidates, draw);
    return arm === leader.arm ? { ...leader, propensity: led } : { arm, propensity: uniform, probe: true };
  }

  /** Only technical failures fill the bucket: a processor's ordinary declines would keep it full at any real traffic. */
  learn({ payment, arm, outcome, reportedAtMs }: Feedback): void {
    const { blocks, bucket } = this.#books[payment.segment]![arm]!;
    blocks.add(outcome === 'approved');
    if (outcome === 'error' || outcome === 'timeout') bucket.add(reportedAtMs);
  }
}

export const hsBlocks: PolicyEntry = {
  id: 'hs-blocks',
  source:
    'juspay/hyperswitch dynamic routing (success based and elimination configuration), as documented at api-reference.hyperswitch.io',
  create: (world) => new BlockRouting(world),
};
