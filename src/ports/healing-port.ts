// What healing needs: the book of what was done, and the hands that no other port has.
import type { BeginMoment } from '../domain/healing/attempt-limit.ts';
import type { HealingAction } from '../domain/healing/healing-action.ts';
import type { HealingEvent } from '../domain/healing/healing-event.ts';
import type { HealingSettings } from '../domain/healing/healing-settings.ts';
import type { Page } from './registry-port.ts';
import type { ProcessorAddress } from './processor-port.ts';
import type { SeenAlarm } from '../domain/healing/snapshot.ts';

export interface HealingBookPort {
  /** On disk when it answers true. False: somebody is at it, it was healed for this occasion, or too many attempts were made. */
  begin(action: HealingAction, settings: HealingSettings, moment: BeginMoment): Promise<boolean>;
  /** Keeps a change of an action, which has the revision after the one that is kept. False: somebody else has changed it. */
  update(action: HealingAction): Promise<boolean>;
  /** All that are open, and all that were planned since. */
  since(ms: number): Promise<readonly HealingAction[]>;
  one(id: string): Promise<HealingAction | null>;
  /** Newest first. */
  page(cursor: string | null, limit: number): Promise<Page<HealingAction>>;
  /** All that are kept. */
  all(): Promise<readonly HealingAction[]>;
}

export interface HealingDesk {
  readonly book: HealingBookPort;
  /** The boards fetch what pushes missed. Throws where one could not be reached. */
  sweepBoards(): Promise<void>;
  /** Throws where it could not be done. */
  sweepUnknowns(address: ProcessorAddress): Promise<void>;
  /** Objects that are woken by alarms: those of the processors, one part of the ledgers at a time, all others, and whichever are named. Those out of reach are left out. */
  alarms(processors: readonly ProcessorAddress[], named: readonly string[], now: number): Promise<readonly SeenAlarm[]>;
  /** Has it woken at once. Throws where it is out of reach. */
  rearm(object: string): Promise<void>;
  /** On the live sockets. Never throws: who missed it reads the book. */
  tell(events: readonly HealingEvent[]): Promise<void>;
}
