// Who may take the next attempt of a payment, best first, as routing ranks them at this moment.
import { simulateRoute } from './recommend-route.ts';
import type { AskedNext } from './next-question.ts';
import type { ExclusionReason } from '../domain/routing/route-request.ts';
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { Verdict } from '../domain/retries/decline-verdict.ts';
import type { World } from '../ports/world.ts';

/** What stops a processor at this moment and says nothing of tomorrow. */
const PASSING: ReadonlySet<ExclusionReason> = new Set(['breaker_open', 'silent', 'max_tps']);

/**
 * The one that is drawn comes first, the others follow by rank. Who is stopped for the moment only counts where the next attempt has to wait anyway,
 * behind those that are well. `null`: a cold isolate without a table.
 */
export async function rankForNext(
  world: World,
  asked: AskedNext,
  attempt: LedgerAttempt,
  verdict: Verdict,
): Promise<readonly ProcessorId[] | null> {
  const found = await simulateRoute(world, asked.route, null);
  if (found === null) return null;
  const { chosen, ranked, exclusions } = found.decision;
  const stopped = new Map(exclusions.map(({ processorId, reason }) => [processorId, reason]));
  const order = [...new Set([...(chosen === null ? [] : [chosen]), ...ranked.map(({ processorId }) => processorId)])];
  const well = order.filter((id) => !stopped.has(id));
  if (verdict.verdict !== 'again' || verdict.how === 'technical') return well;
  const resting = exclusions
    .filter(({ reason }) => PASSING.has(reason))
    .map(({ processorId }) => processorId)
    .filter((id) => verdict.how === 'after_wait' || id === attempt.processorId);
  return [...well, ...resting];
}
