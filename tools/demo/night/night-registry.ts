// The Registry of the night demo's house: the real changes of configuration and the real number of instances, in memory.
import {
  applyChange,
  endedOverrides,
  epochSource,
  withoutExpired,
} from '../../../src/domain/configuration/apply-change.ts';
import { type Configuration, EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import { absent } from './absent.ts';
import type { ChangeReply, ConfigurationChange } from '../../../src/domain/configuration/configuration-change.ts';
import { grantWish } from '../../../src/domain/scaling/scaling-wish.ts';
import type { RegistryPort } from '../../../src/ports/registry-port.ts';
import type { ScalingChange, ScalingState } from '../../../src/domain/scaling/scaling-state.ts';

export class NightRegistry {
  configuration: Configuration = EMPTY_CONFIGURATION;
  scaling: ScalingState | null = null;
  /** Of the number of instances, oldest first. */
  readonly scalings: ScalingChange[] = [];
  /** What was written into the audit log, e.g. `drop_history before 2025-01-27`. */
  readonly notes: string[] = [];
  readonly #now: () => number;
  readonly #tell: (configuration: Configuration) => void;

  /** `tell`: the boards, at once. */
  constructor(now: () => number, tell: (configuration: Configuration) => void) {
    [this.#now, this.#tell] = [now, tell];
  }

  port(): RegistryPort {
    return {
      ...absent<RegistryPort>('the registry'),
      configuration: () => Promise.resolve(withoutExpired(this.configuration, this.#now())),
      endedOverrides: () => Promise.resolve(endedOverrides(this.configuration, this.#now())),
      change: (change, _actor, ifMatch) => Promise.resolve(this.#change(change, ifMatch)),
      note: (action, subject) => Promise.resolve(void this.notes.push(`${action} ${subject}`)),
      sources: () => Promise.resolve([]),
      scaling: () => Promise.resolve(this.scaling),
      scale: (wish) => {
        const reply = grantWish(wish, this.scaling, this.#now());
        if (!reply.ok) return Promise.resolve(reply);
        this.scaling = reply.state;
        if (reply.change !== null) this.scalings.push(reply.change);
        return Promise.resolve(reply);
      },
    };
  }

  #change(change: ConfigurationChange, ifMatch: number | null): ChangeReply {
    const now = this.#now();
    const before = this.configuration;
    const { version: currentVersion } = before;
    if (ifMatch !== null && ifMatch !== currentVersion) return { ok: false, reason: 'stale_version', currentVersion };
    const outcome = applyChange(before, change, { now, nextEpoch: epochSource(before, now) });
    if (outcome.ok) {
      this.configuration = outcome.configuration;
      this.#tell(this.configuration);
    }
    return outcome;
  }
}
