// The thread that sends what flows.ts asks for, and counts what comes back.
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { Flow, FlowRun } from './flows.ts';
import { SERIAL_MARK } from './load.ts';

export interface FlowFigures {
  readonly sent: number;
  /** 2xx. */
  readonly answered: number;
  /** 429 or 503 with a Retry-After of at least a second. */
  readonly turnedAway: number;
  /** Any other status, with how often it came. */
  readonly wrong: Readonly<Record<string, number>>;
  /** Requests whose connection ended under them, and those that had no answer within 10 s of the end. */
  readonly broken: number;
  /** Due while no connection was idle: never sent. */
  readonly unsent: number;
  /** Of the answered, in milliseconds, with when they were answered within the run. */
  readonly answers: readonly { readonly atMs: number; readonly tookMs: number }[];
  readonly refusals: readonly { readonly atMs: number; readonly tookMs: number }[];
}

const TICK_MS = 2;
const LAST_ANSWERS_MS = 10_000;
const HEAD_END = '\r\n\r\n';

class FlowCaller {
  readonly #flow: Flow;
  readonly #run: number;
  #startedAt = 0;
  readonly #idle: Link[] = [];
  readonly #links: Link[] = [];
  readonly #answers: { atMs: number; tookMs: number }[] = [];
  readonly #refusals: { atMs: number; tookMs: number }[] = [];
  readonly #wrong: Record<string, number> = {};
  readonly #head: string;
  #sent = 0;
  #begun = 0;
  #unsent = 0;
  #broken = 0;

  constructor(flow: Flow, run: number) {
    this.#flow = flow;
    this.#run = run;
    const { host } = new URL(flow.url);
    const lines = Object.entries(flow.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `POST ${flow.path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}`;
  }

  get busy(): number {
    return this.#links.filter(({ sentAt }) => sentAt !== null).length;
  }

  async open(): Promise<void> {
    const { hostname, port } = new URL(this.#flow.url);
    const opened = Array.from({ length: this.#flow.connections }, async () => {
      const link = new Link(connect({ host: hostname, port: Number(port), noDelay: true }), {
        answered: (its, status, retryAfter) => this.#answered(its, status, retryAfter),
        ended: (its) => this.#ended(its),
      });
      await link.opened;
      this.#links.push(link);
      this.#idle.push(link);
    });
    await Promise.all(opened);
  }

  begin(startedAt: number): void {
    this.#startedAt = startedAt;
  }

  /** Sends what is due by now. */
  tick(nowMs: number): void {
    const { perSecond, fromMs = 0 } = this.#flow;
    if (!this.#isOn(nowMs)) return;
    if (perSecond === null) {
      for (let link = this.#idle.pop(); link !== undefined; link = this.#idle.pop()) this.#send(link);
      return;
    }
    const due = Math.floor(((nowMs - fromMs) * perSecond) / 1_000);
    for (; this.#begun < due && this.#idle.length > 0; this.#begun += 1) this.#send(this.#idle.pop()!);
    this.#unsent += Math.max(0, due - this.#begun);
    this.#begun = Math.max(this.#begun, due);
  }

  figures(): FlowFigures {
    return {
      sent: this.#sent,
      answered: this.#answers.length,
      turnedAway: this.#refusals.length,
      wrong: this.#wrong,
      broken: this.#broken + this.busy,
      unsent: this.#unsent,
      answers: this.#answers,
      refusals: this.#refusals,
    };
  }

  close(): void {
    for (const link of this.#links) link.close();
  }

  #isOn(nowMs: number): boolean {
    const { fromMs = 0, untilMs = Infinity } = this.#flow;
    return nowMs >= fromMs && nowMs < untilMs;
  }

  #send(link: Link): void {
    const { bodies } = this.#flow;
    const serial = `${this.#run}${String(this.#sent).padStart(9, '0')}`;
    const body = bodies[this.#sent % bodies.length]!.replaceAll(SERIAL_MARK, serial);
    this.#sent += 1;
    link.send(`${this.#head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #answered(link: Link, status: number, retryAfter: number): void {
    const now = performance.now();
    const [atMs, tookMs] = [now - this.#startedAt, now - (link.sentAt ?? now)];
    link.sentAt = null;
    const isTurnedAway = (status === 429 || status === 503) && retryAfter >= 1;
    if (status >= 200 && status < 300) this.#answers.push({ atMs, tookMs });
    else if (isTurnedAway) this.#refusals.push({ atMs, tookMs });
    else this.#wrong[status] = (this.#wrong[status] ?? 0) + 1;
    const again = this.#isOn(atMs) && (this.#flow.perSecond === null || (isTurnedAway && this.#flow.retriesAtOnce));
    if (again) this.#send(link);
    else this.#idle.push(link);
    // What has become due since the last tick need not wait for the next.
    if (!again) this.tick(atMs);
  }

  #ended(link: Link): void {
    if (link.sentAt !== null) this.#broken += 1;
    link.sentAt = null;
    const place = this.#idle.indexOf(link);
    if (place >= 0) this.#idle.splice(place, 1);
  }
}

interface LinkEvents {
  readonly answered: (link: Link, status: number, retryAfter: number) => void;
  readonly ended: (link: Link) => void;
}

/** One connection with one request at a time. */
class Link {
  readonly opened: Promise<void>;
  readonly #socket: Socket;
  #text = '';
  sentAt: number | null = null;

  constructor(socket: Socket, { answered, ended }: LinkEvents) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    this.opened = new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => ended(this));
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      const whole = wholeAnswer(this.#text);
      if (whole === null) return;
      this.#text = '';
      answered(this, whole.status, whole.retryAfter);
    });
  }

  send(text: string): void {
    this.sentAt = performance.now();
    this.#socket.write(text, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }
}

function wholeAnswer(text: string): { status: number; retryAfter: number } | null {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const isWhole =
    length === undefined ? text.endsWith(`0${HEAD_END}`) : text.length >= end + HEAD_END.length + Number(length);
  if (!isWhole) return null;
  return { status: Number(head.slice(9, 12)), retryAfter: Number(/\r\nretry-after: *(\d+)/i.exec(head)?.[1] ?? 0) };
}

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function run({ flows, durationMs, run: serials }: FlowRun): Promise<Record<string, FlowFigures>> {
  const callers = flows.map((flow) => [flow.name, new FlowCaller({ untilMs: durationMs, ...flow }, serials)] as const);
  await Promise.all(callers.map(([, caller]) => caller.open()));
  const startedAt = performance.now();
  for (const [, caller] of callers) caller.begin(startedAt);
  let isOver = false;
  parentPort?.once('message', () => (isOver = true));
  for (let now = 0; now < durationMs && !isOver; now = performance.now() - startedAt) {
    for (const [, caller] of callers) caller.tick(now);
    await passed(TICK_MS);
  }
  const deadline = performance.now() + LAST_ANSWERS_MS;
  while (callers.some(([, caller]) => caller.busy > 0) && performance.now() < deadline) await passed(TICK_MS);
  const figures = Object.fromEntries(callers.map(([name, caller]) => [name, caller.figures()]));
  for (const [, caller] of callers) caller.close();
  return figures;
}

parentPort?.postMessage(await run(workerData as FlowRun));
