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
