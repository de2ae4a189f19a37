// Cron lines that fired and have no job: counted, and the newest of them kept by name.

export interface UnknownCrons {
  readonly count: number;
  readonly last: { readonly cron: string; readonly atMs: number } | null;
}

export const NO_UNKNOWN_CRONS: UnknownCrons = { count: 0, last: null };
const TEXT_MAX = 100;

export const withUnknownCron = ({ count }: UnknownCrons, cron: string, now: number): UnknownCrons => ({
  count: count + 1,
  last: { cron: cron.slice(0, TEXT_MAX), atMs: now },
});
