// What the bench uses of autocannon, which brings no types.
declare module 'autocannon' {
  interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    setupRequest: (request: object) => object;
  }
  interface Options {
    url: string[];
    connections: number;
    /** Seconds. */
    duration: number;
    /** Seconds. */
    timeout: number;
    requests: Request[];
  }
  interface Result {
    /** Seconds. */
    duration: number;
    errors: number;
    non2xx: number;
  }
  interface Instance {
    on(event: 'response', hear: (client: object, status: number, bytes: number, timeMs: number) => void): void;
  }
  export default function autocannon(options: Options, ended: (error: Error | null, result: Result) => void): Instance;
}
