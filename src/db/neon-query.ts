// One statement to the history database over Neon's HTTP driver: one request, bounded in time, every fault a value.
import { neon, NeonDbError } from './neon-endpoint.ts';
import type { HistoryFault, HistoryReply } from '../ports/history-port.ts';

export interface NeonOptions {
  readonly databaseUrl: string;
  /** Of one statement. */
  readonly timeoutMs: number;
}

export type NeonRow = Readonly<Record<string, unknown>>;

export interface NeonAnswer {
  readonly rows: readonly NeonRow[];
  readonly rowCount: number;
}

/** A client a call: an object's requests share nothing that another one has begun. */
export async function askNeon(
  { databaseUrl, timeoutMs }: NeonOptions,
  text: string,
  parameters: readonly unknown[],
): Promise<HistoryReply<NeonAnswer>> {
  try {
    const sql = neon(databaseUrl, {
      fullResults: true,
      disableWarningInBrowsers: true,
      fetchOptions: { signal: AbortSignal.timeout(timeoutMs) },
    });
    return { ok: true, value: await sql.query(text, [...parameters]) };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

/** Only what PostgreSQL says of the rows themselves (classes 22 and 23) is their fault; whatever else it says, they wait. */
function faultOf(error: unknown): HistoryFault {
  const code = error instanceof NeonDbError ? error.code : undefined;
  if (code === undefined) return { reason: 'unreachable' };
  return { reason: code.startsWith('22') || code.startsWith('23') ? 'refused' : 'unprepared', code };
}
