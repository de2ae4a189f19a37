// Gathers evidence minute by minute that something changed, and that it is over: CUSUMs of likelihood ratios, one per size of change.

/**
 * A CUSUM of likelihood ratios (Page 1954) has a mean time to false alarm of at least e^limit steps (Lorden 1971); n of them at limit + ln n no
 * less together. Plain JSON.
 */
export interface EvidenceBank {
  readonly sums: number[];
  /** Evidence, while an alarm is on, that all is as before. */
  over: number;
  isOn: boolean;
  /** Minutes since it went on. */
  minutes: number;
}

/** Nats that a thing is over: a thousand to one. */
const OVER_AT = Math.log(1_000);
const MINUTES_ON_MIN = 5;
/** A change that lasts this long is how things are now. */
const USUAL_AFTER_MINUTES = 1_440;

export function createEvidenceBank(sizes: number): EvidenceBank {
  return { sums: new Array<number>(sizes).fill(0), over: 0, isOn: false, minutes: 0 };
}

/** `ratios`: of this minute, in nats, the mildest change first. `limit`: in nats, of one sum alone. True: the change has lasted so long that it is usual. */
export function gather(bank: EvidenceBank, ratios: readonly number[], limit: number): boolean {
  const high = limit + Math.log(ratios.length);
  for (const [place, ratio] of ratios.entries())
    bank.sums[place] = Math.min(2 * high, Math.max(0, bank.sums[place]! + ratio));
  if (!bank.isOn) {
    if (!bank.sums.some((sum) => sum >= high)) return false;
    bank.isOn = true;
    bank.over = 0;
    bank.minutes = 0;
    return false;
  }
  bank.minutes++;
  bank.over = Math.max(0, bank.over - ratios[0]!);
  if ((bank.over < OVER_AT || bank.minutes < MINUTES_ON_MIN) && bank.minutes < USUAL_AFTER_MINUTES) return false;
  bank.isOn = false;
  bank.sums.fill(0);
  return bank.minutes >= USUAL_AFTER_MINUTES;
}

/** What was gathered is explained. */
export function quieten(bank: EvidenceBank): void {
  bank.sums.fill(0);
  bank.isOn = false;
}

export function evidenceOf({ sums }: EvidenceBank): number {
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}
