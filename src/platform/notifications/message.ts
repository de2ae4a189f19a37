// What one attempt puts on the wire.
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
