// Results from beyond the horizon, to whoever still holds their attempts for unknown; nothing is counted of them. Rules: SPEC.md [WHK], [UNK].
import { type Addressed, byProcessor } from './hand-over.ts';
import type { EventOutcome } from '../ports/event-recorder.ts';
import type { LateReply } from '../ports/processor-port.ts';
import type { World } from '../ports/world.ts';

/** In the order given. One call per processor, all at once. */
export async function settleLate(world: World, items: readonly Addressed[]): Promise<EventOutcome[]> {
  const answers: EventOutcome[] = items.map(() => ({ outcome: 'not_recorded' }));
  await Promise.all(
    byProcessor(items).map(async ({ processor, indexes, results, told }) => {
      const reply = await world.processors.settleLate(processor, results, told);
      indexes.forEach((index, position) => {
        answers[index] = answerAt(reply, position);
      });
    }),
  );
  return answers;
}

function answerAt(reply: LateReply, position: number): EventOutcome {
  if (!reply.ok)
    return reply.reason === 'deleted'
      ? { outcome: 'refused', reason: 'unknown_processor', field: 'processor_id' }
      : { outcome: 'not_recorded' };
  const outcome = reply.outcomes[position]!;
  return outcome.outcome === 'refused' ? { ...outcome, field: 'transaction_id' } : outcome;
}
