// Puts payment events on a stream through the bridge, as a producer would, and asks Redis what it still holds.
import type { Bridge } from '../../tools/upstash-bridge/bridge-server.ts';

export type Command = readonly (string | number)[];

/** Results of a pipeline, in order; a command that fails is a bug of the test. */
export async function tellRedis(
  { url, token }: Pick<Bridge, 'url' | 'token'>,
  commands: readonly Command[],
): Promise<readonly unknown[]> {
  const response = await fetch(`${url}/pipeline`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(commands),
  });
  const replies = (await response.json()) as { result?: unknown; error?: string }[];
  const failed = replies.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new Error(failed.error);
  return replies.map(({ result }) => result);
}

/** A payment as APOS writes it: every seventh is declined. */
export function paymentFields(number: number): string[] {
  const failed = number % 7 === 0;
  const fields = {
    event_id: `evt_${number}`,
    event_type: failed ? 'payment_failed' : 'payment_succeeded',
    timestamp: new Date(1_795_000_000_000 + number).toISOString(),
    payment_id: `pay_${number}`,
    merchant_id: 'merchant',
    connector: 'p',
    payment_method: 'pix',
    amount: '10000',
    currency: 'BRL',
    status: failed ? 'failed' : 'succeeded',
    metadata: '{"country":"BR"}',
    ...(failed ? { error_code: 'insufficient_funds' } : {}),
  };
  return Object.entries(fields).flat();
}

const BATCH = 500;

/** Payments `from` to `to`, the last left out; every twentieth is sent twice. Returns how many entries that made. */
export async function producePayments(bridge: Bridge, stream: string, from: number, to: number): Promise<number> {
  const commands: Command[] = [];
  for (let number = from; number < to; number++) {
    const command = ['XADD', stream, '*', ...paymentFields(number)];
    commands.push(command);
    if (number % 20 === 0) commands.push(command);
  }
  for (let at = 0; at < commands.length; at += BATCH) await tellRedis(bridge, commands.slice(at, at + BATCH));
  return commands.length;
}
