// Runs a command of the lab in this process, and keeps what it says.
import { vi } from 'vitest';

export interface CommandOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function outputOf(
  run: (args: string[]) => Promise<number>,
  args: readonly string[],
): Promise<CommandOutput> {
  const told = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      told[stream] += String(text);
      return true;
    }),
  );
  try {
    return { status: await run([...args]), ...told };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
