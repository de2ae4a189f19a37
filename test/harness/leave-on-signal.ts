// An interrupted vitest ends its processes with SIGTERM; leaving by `exit` takes their programs and temporary files along.

export function leaveOnSignal(): void {
  process.once('SIGTERM', () => process.exit(143));
  process.once('SIGINT', () => process.exit(130));
}
