// Hands results that were read, item by item, to the flow in one call, and tells what became of each.
import type { z } from '@hono/zod-openapi';
import { toldRow } from '../domain/configuration/overridden-row.ts';
import { type IncomingResult, type ItemAnswer, recordResults } from '../flows/record-results.ts';
import type { Override } from '../domain/configuration/configuration.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { World } from '../ports/world.ts';
import type { CardItems } from './context.ts';
import { problemOf } from './problem.ts';
import type { Refusal } from './refusal.ts';
import { healthJson } from './health-json.ts';
import type { BatchAnswer, TransactionAnswer } from './schemas/transactions.ts';

export interface Intake {
  readonly world: World;
  readonly now: number;
  readonly idempotencyKey: string | null;
  readonly hashedFields: readonly string[];
  readonly cardItems: CardItems;
}

type Landed = Extract<ItemAnswer, { readonly outcome: 'recorded' | 'duplicate' }>;
type Outcome = z.output<typeof BatchAnswer>['results'][number];

type Told<Body> = { readonly body: Body } | { readonly refused: Refusal };
export type AnswerToOne = Told<z.output<typeof TransactionAnswer>>;
export type AnswerToAll = Told<z.output<typeof BatchAnswer>>;

/** The result of a request that has no other. */
export async function recordRead(intake: Intake, item: IncomingResult): Promise<AnswerToOne> {
  const answers = await recordResults(intake.world, [item], intake.idempotencyKey);
  const answer = answers?.[0];
  if (answer === undefined) return { refused: { reason: 'no_table' } };
  if (answer.outcome === 'refused') return { refused: refusalAt(answer.refusal, item) };
  if (answer.outcome === 'not_recorded') return { refused: { reason: 'not_recorded', cause: answer.reason } };
  const { outcome, transactionId, row } = answer;
  if (row === null) throw new Error('one result is answered with its row');
  const held = await intake.world.tables.table(intake.now);
  const health = healthOf(row, held?.table.data.configuration.overrides ?? [], intake.now);
  return { body: { outcome, transaction_id: transactionId, warnings: warningsOf(answer, intake, ''), ...health } };
}

type Health = ReturnType<typeof healthJson>;
/** Of rows that no override is held against: many results that were kept at once are told the same row. */
const healths = new WeakMap<StatusRow, Health>();

function healthOf(row: StatusRow, overrides: readonly Override[], now: number): Health {
  if (overrides.length > 0) return healthJson(toldRow(row.processorId, row, overrides, now));
  const known = healths.get(row) ?? healthJson(toldRow(row.processorId, row, overrides, now));
  healths.set(row, known);
  return known;
}

/** The items of a list in their order; those that could not be read are refusals. */
export async function recordAllRead(intake: Intake, read: readonly (IncomingResult | Refusal)[]): Promise<AnswerToAll> {
  const good = read.flatMap((item, index) => ('reason' in item ? [] : [{ item, index }]));
  const told =
    good.length === 0
      ? []
      : await recordResults(
          intake.world,
          good.map(({ item }) => item),
          intake.idempotencyKey,
        );
  if (told === null) return { refused: { reason: 'no_table' } };
  const answers = new Map(good.map(({ index }, position) => [index, told[position]]));
  const results = read.map((item, index): Outcome => {
    const answer = answers.get(index);
    if ('reason' in item || answer === undefined)
      return refusedOutcome(index, 'reason' in item ? item : { reason: 'internal' });
    return outcomeOf(intake, index, answer, item);
  });
  const count = (outcome: Outcome['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  const counts = {
    recorded: count('recorded'),
    duplicate: count('duplicate'),
    refused: count('refused'),
    not_recorded: count('not_recorded'),
  };
  return { body: { results, counts } };
}

export const pathOf = (index: number): string => `transactions[${index}]`;
function outcomeOf(intake: Intake, index: number, answer: ItemAnswer, item: IncomingResult): Outcome {
  switch (answer.outcome) {
    case 'recorded':
    case 'duplicate':
      return {
        index,
        outcome: answer.outcome,
        transaction_id: answer.transactionId,
        warnings: warningsOf(answer, intake, `${pathOf(index)}.`),
      };
    case 'refused':
      return {
        ...refusedOutcome(index, refusalAt(answer.refusal, item)),
        ...(item.transactionId !== null && { transaction_id: item.transactionId }),
      };
    case 'not_recorded':
      return {
        index,
        outcome: 'not_recorded',
        code: answer.reason,
        ...(item.transactionId !== null && { transaction_id: item.transactionId }),
      };
  }
}

function refusedOutcome(index: number, refusal: Refusal): Outcome {
  const { code, detail, field } = problemOf(refusal);
  return { index, outcome: 'refused', code, ...(field !== undefined && { field }), detail };
}

/** An amount that was sent in minor units is named as it was sent. */
const refusalAt = (
  refusal: Extract<ItemAnswer, { readonly outcome: 'refused' }>['refusal'],
  item: IncomingResult,
): Refusal =>
  refusal.reason === 'bad_amount' && refusal.field === 'amount' && item.amountMinor !== null
    ? { ...refusal, field: 'amount_minor' }
    : refusal;

function warningsOf({ warnings }: Landed, { hashedFields }: Intake, prefix: string): Landed['warnings'][number][] {
  const hashed = hashedFields.some((field) => field.startsWith(prefix));
  return hashed ? [...warnings, 'card_number_hashed'] : [...warnings];
}
