// The record of a job as text, with a format number like everything that is kept.
import { EMPTY_RECORD, type JobRecord } from './job-record.ts';

const FORMAT = 1;

export const writeRecord = (record: JobRecord): string => JSON.stringify({ format: FORMAT, ...record });

/** Throws on a format of newer code: to begin anew would run twice what is done. */
export function readRecord(text: string): JobRecord {
  const { format, ...record } = JSON.parse(text) as { readonly format: number } & JobRecord;
  if (format > FORMAT)
    throw new Error(`a job's record has format ${format}, newer than this code, which knows ${FORMAT}`);
  return { ...EMPTY_RECORD, ...record };
}
