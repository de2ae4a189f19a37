// What HTTP needs of the live socket: a single-use ticket, then an upgrade handled by the board.
export interface LivePort {
  /** A ticket of 30 s, good for one connection; the socket closes when the key is revoked. */
  issueTicket(keyId: string, now: number): Promise<string>;
  /** Answers 101, or 401 for a ticket that is unknown, used or expired. */
  connect(request: Request): Promise<Response>;
}
