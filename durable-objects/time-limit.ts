// How long one object waits for another: a fault or a delay of theirs becomes `null`, never ours.

/** The value, or `null` when the call fails or takes longer. The call itself goes on unheard. */
export async function withinTime<Value>(limitMs: number, call: () => Promise<Value>): Promise<Value | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  try {
    return await Promise.race([call().catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether it was done in time. */
export const isDone = async (limitMs: number, call: () => Promise<void>): Promise<boolean> =>
  (await withinTime(limitMs, async () => {
    await call();
    return true;
  })) === true;

/** The value, or an exception as of an object that cannot be reached. `what` is out of reach then. */
export async function askWithin<Value>(limitMs: number, what: string, call: () => Promise<Value>): Promise<Value> {
  // In a list, for the answer may be nothing.
  const answer = await withinTime(limitMs, async () => [await call()] as const);
  if (answer === null) throw Object.assign(new Error(`${what} is out of reach`), { retryable: true });
  return answer[0];
}
