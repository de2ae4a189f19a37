// Payment processors over HTTP that alone know what became of each charge: answers that are lost, questions that stay unanswered, cancels that
// are refused, and webhooks that come late, twice, out of order or not at all.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fateOf, type FateRates } from './fates.ts';
import { ProcessorBooks, type BookedAttempt, type ChargeAsked } from './processor-books.ts';
import { type Telling, type Vendor } from '../../../tools/vendors/vendor-webhooks.ts';

export interface SimulatedProcessorsOptions {
  readonly seed: number;
  readonly rates: FateRates;
  /** By processor; the webhooks go to the source of the same name. */
  readonly vendors: Readonly<Record<string, Vendor>>;
  /** Where they go to, without a trailing slash. */
  readonly signalboxUrl: string;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

/** The call ends without an answer. */
const SILENCE = null;
const state = (status: number, word: string): Reply => ({ status, body: { state: word } });
/** What comes again after a 503, as every vendor does it. */
const SENDINGS_MAX = 5;

export class SimulatedProcessors {
  readonly books = new ProcessorBooks();
  private readonly options: SimulatedProcessorsOptions;
  private readonly server: Server;
  private readonly underWay = new Set<Promise<void>>();
  private port = 0;

  constructor(options: SimulatedProcessorsOptions) {
    this.options = options;
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    return this;
  }

  /** Until every charge is settled and every webhook has been sent. */
  async rest(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  async stop(): Promise<void> {
    await this.rest();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, processor = '', , transaction, deed] = (request.url ?? '').split('/');
    const reply =
      transaction === undefined
        ? this.charge((await bodyOf(request)) as ChargeAsked)
        : this.about(this.books.find(processor, transaction), request.method, deed);
    if (reply === SILENCE) {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  }

  private charge(asked: ChargeAsked): Reply | null {
    const known = this.books.find(asked.processor, asked.transaction);
    if (known !== null) return this.chargeAgain(known);
    const attempt = this.books.open(asked, fateOf(this.options.seed, asked.transaction, this.options.rates));
    const { answer, settlesAfterMs } = attempt.fate;
    if (answer === 'lost') {
      this.begin(sleep(settlesAfterMs).then(() => this.settle(attempt)));
      return SILENCE;
    }
    this.settle(attempt);
    this.books.know(attempt, 'answer');
    if (answer === 'told') return this.answered(attempt);
    return answer === 'error' ? state(500, 'not_charged') : state(429, 'not_sent');
  }

  /** The same key again is the same charge; one that never arrived arrives now. */
  private chargeAgain(attempt: BookedAttempt): Reply | null {
    attempt.calls++;
    if (this.isMuted(attempt)) return SILENCE;
    if (isPending(attempt)) return this.stillPending(attempt);
    if (attempt.state === 'never') {
      this.books.settle(attempt, 'approved');
      this.begin(this.tell(attempt, 'authorised'));
    }
    this.books.know(attempt, 'question');
    return this.answered(attempt);
  }

  private answered({ state: word }: BookedAttempt): Reply {
    return word === 'declined' ? { status: 402, body: { state: word, decline_code: '05' } } : state(200, word);
  }

  private about(attempt: BookedAttempt | null, method: string | undefined, deed: string | undefined): Reply | null {
    if (attempt === null) return state(404, 'not_found');
    if (method === 'GET') return this.question(attempt);
    return deed === 'refund' ? this.refund(attempt) : this.void(attempt);
  }

  private question(attempt: BookedAttempt): Reply | null {
    // A gateway that gives up for its backend, or nothing at all.
    if (this.isMuted(attempt)) return attempt.questionsMuted % 2 === 0 ? SILENCE : state(504, 'no_answer');
    if (isPending(attempt)) return this.stillPending(attempt);
    this.books.know(attempt, 'question');
    return state(200, attempt.state === 'never' ? 'not_found' : attempt.state);
  }

  private isMuted(attempt: BookedAttempt): boolean {
    if (attempt.questionsMuted >= attempt.fate.mutedQuestions) return false;
    attempt.questionsMuted++;
    return true;
  }

  private stillPending(attempt: BookedAttempt): Reply {
    attempt.toldPending++;
    return state(202, 'pending');
  }

  private void(attempt: BookedAttempt): Reply | null {
    if (attempt.state === 'voided') return this.voided(attempt);
    const isCaptured = attempt.state === 'approved' && attempt.fate.voiding === 'refused';
    if (isCaptured || attempt.state === 'declined') {
      attempt.voidsRefused++;
      return state(409, 'refused');
    }
    const wasApproved = attempt.state === 'approved';
    this.books.undo(attempt);
    if (wasApproved) this.begin(this.tell(attempt, 'voided'));
    if (attempt.fate.voiding === 'unheard' && attempt.voidsUnheard === 0) {
      attempt.voidsUnheard++;
      return SILENCE;
    }
    return this.voided(attempt);
  }

  private voided(attempt: BookedAttempt): Reply {
    this.books.know(attempt, 'void');
    return state(200, 'voided');
  }

  private refund(attempt: BookedAttempt): Reply {
    if (attempt.state !== 'approved') return state(409, 'refused');
    attempt.refunds++;
    this.books.undo(attempt);
    this.begin(this.tell(attempt, 'refunded'));
    return state(200, 'refunded');
  }

  private settle(attempt: BookedAttempt): void {
    // Cancelled before it came to that.
    if (attempt.state !== 'pending') return;
    const { truth } = attempt.fate;
    this.books.settle(attempt, truth);
    if (truth !== 'never') this.begin(this.tell(attempt, truth === 'approved' ? 'authorised' : 'declined'));
  }

  private begin(work: Promise<void>): void {
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async tell(attempt: BookedAttempt, telling: Telling): Promise<void> {
    const { lost, twice, outOfOrder, delayMs } = attempt.fate.webhooks;
    const isFinal = telling === 'authorised' || telling === 'declined';
    if (isFinal && lost) {
      attempt.webhooks.lost++;
      return;
    }
    const told: readonly Telling[] = isFinal ? (outOfOrder ? [telling, 'pending'] : ['pending', telling]) : [telling];
    await sleep(delayMs);
    for (const each of told) {
      await this.send(attempt, each);
      if (!twice) continue;
      await this.send(attempt, each);
      attempt.webhooks.repeated++;
    }
    if (outOfOrder && isFinal) attempt.webhooks.late++;
  }

  private async send(attempt: BookedAttempt, telling: Telling): Promise<void> {
    const { processor, transaction, paymentMethod, amountMinor, currency } = attempt;
    const its = { transaction, paymentMethod, amountMinor, currency, vendorId: vendorIdOf(transaction) };
    for (let sending = 1; sending <= SENDINGS_MAX; sending++) {
      const at = this.books.tick();
      const now = Date.now();
      const { headers, body } = this.options.vendors[processor]!.webhook(
        telling,
        { ...its, country: 'BR', atMs: now },
        now,
      );
      const response = await fetch(`${this.options.signalboxUrl}/webhooks/${processor}`, {
        method: 'POST',
        headers,
        body,
      });
      await response.arrayBuffer();
      if (response.ok) {
        attempt.webhooks.taken++;
        if (telling !== 'pending') this.books.know(attempt, 'webhook', at);
        return;
      }
      await sleep(200);
    }
    attempt.webhooks.refused++;
  }
}

const isPending = ({ state: word, toldPending, fate }: BookedAttempt): boolean =>
  word === 'pending' || (word !== 'voided' && toldPending < fate.pendingAnswers);

const vendorIdOf = (transaction: string): string => `psp${transaction.replaceAll(/[^A-Za-z0-9]/g, '')}`;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
