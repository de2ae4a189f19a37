// The kinds of column that all tables of the history share.
import { bigint, timestamp } from 'drizzle-orm/pg-core';

/** Every time is kept in ms, as the objects measure it. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
/** Minor units, counters and versions stay below 2^53. */
export const whole = (name: string) => bigint(name, { mode: 'number' });
