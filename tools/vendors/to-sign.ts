// What a vendor signs: the body it sends, its secret, and the time of sending.

export interface ToSign {
  readonly body: string;
  readonly secret: string;
  readonly atMs: number;
}
