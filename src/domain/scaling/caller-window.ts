// What each caller of one kind was given in the present second, where there is not enough for all: whoever had less than its share finds more places.
const WINDOW_MS = 1_000;
/** Beyond it callers are counted together, as strangers are. */
const CALLERS_MAX = 1_000;
const KNOWN_MAX = 1_000;
const STRANGERS = '';

export interface PromptBounds {
  readonly perCaller: number;
  readonly inAll: number;
}

interface Counted {
  given: number;
  /** Refusals that were told at once. */
  prompt: number;
}

export class CallerWindow {
  #since = -Infinity;
  #counted = new Map<string, Counted>();
  #given = 0;
  #prompt = 0;
  /** How many there were in the second before: at the beginning of one nobody has come yet. */
  #callersBefore = 0;
  readonly #known = new Set<string>();

  turn(now: number): void {
    const ageMs = now - this.#since;
    if (ageMs >= 0 && ageMs < WINDOW_MS) return;
    this.#callersBefore = ageMs >= 0 && ageMs < 2 * WINDOW_MS ? this.#counted.size : 0;
    this.#counted = new Map();
    this.#given = 0;
    this.#prompt = 0;
    this.#since = now;
  }

  /** It was given less than its share; a lone caller never is. */
  isBehind(caller: string): boolean {
    const { given } = this.#of(caller);
    const callers = Math.max(this.#counted.size, this.#callersBefore);
    return callers > 1 && given < this.#given / callers;
  }

  admit(caller: string): void {
    this.#of(caller).given += 1;
    this.#given += 1;
  }

  /** Whether one that is turned away is told so at once, by how many were in this second. */
  isPrompt(caller: string, { perCaller, inAll }: PromptBounds): boolean {
    const counted = this.#of(caller);
    if (counted.prompt >= perCaller || this.#prompt >= inAll) return false;
    counted.prompt += 1;
    this.#prompt += 1;
    return true;
  }

  know(caller: string): void {
    if (this.#known.delete(caller) || this.#known.size < KNOWN_MAX) {
      this.#known.add(caller);
      return;
    }
    const [oldest] = this.#known;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(caller);
  }

  #of(caller: string): Counted {
    const name = this.#known.has(caller) ? caller : STRANGERS;
    const known = this.#counted.get(name);
    if (known !== undefined) return known;
    const isTooMany = this.#counted.size >= CALLERS_MAX;
    const pooled = isTooMany ? this.#counted.get(STRANGERS) : undefined;
    if (pooled !== undefined) return pooled;
    const counted: Counted = { given: 0, prompt: 0 };
    this.#counted.set(isTooMany ? STRANGERS : name, counted);
    return counted;
  }
}
