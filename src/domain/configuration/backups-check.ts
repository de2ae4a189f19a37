// Whether a processor's backups are processors that there are; what they are for is routing's business.
import { checkCode, CODES, type FieldCheck, issuesOf } from './field-check.ts';
import type { Issue } from './configuration-change.ts';
import type { ProcessorConfig } from '../processor-config.ts';

const BACKUPS_MAX = 16;

/** `path` is empty or ends with a dot. */
export function checkBackups(processor: ProcessorConfig, registered: ReadonlySet<string>, path: string): Issue[] {
  const { id: own, backups = [] } = processor;
  const field = `${path}backups`;
  if (backups.length > BACKUPS_MAX) return [{ field, message: `must have 0-${BACKUPS_MAX} entries` }];
  return issuesOf(
    backups.flatMap((id, index): FieldCheck[] => [
      checkCode(id, CODES.id, `${field}[${index}]`),
      [id !== own, `${field}[${index}]`, 'is the processor itself'],
      [id === own || registered.has(id), `${field}[${index}]`, 'names a processor that is not registered'],
      [backups.indexOf(id) === index, `${field}[${index}]`, 'is named twice'],
    ]),
  );
}

export const backedBy = (processors: readonly ProcessorConfig[], id: string): readonly ProcessorConfig[] =>
  processors.filter(({ backups = [] }) => backups.some((backup) => backup === id));
