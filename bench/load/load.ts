// One stretch of load over keep-alive connections: what is sent, and what came of it.

/** Stands in a body where each request is to have ten digits of its own. */
export const SERIAL_MARK = '##########';

export interface Load {
  /** Each is asked by a thread of its own, with its part of the connections. */
  readonly urls: readonly string[];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** What the program counted; `refused`: answers that were not 2xx, `broken`: requests that had no answer. */
export interface LoadCount extends LoadFigures {
  readonly requests: number;
  readonly refused: number;
  readonly broken: number;
}
