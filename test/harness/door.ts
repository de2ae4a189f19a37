// An entrance with a clock of its own, asked as the shell asks it.
import { type CallKind, CONTESTED, Entrance, type Turned } from '../../src/domain/scaling/entrance.ts';

export class Door {
  readonly entrance = new Entrance();
  now = 0;
  awaitsTable = false;

  /** As the shell does it: contests only where it must. A number is a pass. */
  come(kind: CallKind, caller = 'key', weight = 1): number | Turned {
    const pass = this.entrance.enter(kind, weight, this.now);
    if (pass !== CONTESTED) return pass;
    return this.entrance.contest({ kind, weight, caller, awaitsTable: this.awaitsTable }, this.now);
  }

  /** How many of so many are let in. */
  crowd(kind: CallKind, count: number, caller = 'key'): number {
    return Array.from({ length: count }, () => this.come(kind, caller)).filter((pass) => typeof pass === 'number')
      .length;
  }

  /** A crowd that has lasted, with everybody inside who may be. */
  press(kind: CallKind): void {
    for (let step = 0; step < 20; step += 1, this.now += 50) this.crowd(kind, 600);
  }

  /** Each comes as one leaves: as many are inside as are let in, over so many milliseconds. */
  queue(kind: CallKind, inside: number, lengthMs: number): { readonly most: number; readonly turned: number } {
    const passes: number[] = [];
    let [most, turned] = [0, 0];
    for (const endMs = this.now + lengthMs; this.now < endMs; this.now += 1) {
      for (let index = 0; index < 4; index += 1) {
        const pass = this.come(kind);
        if (typeof pass === 'number') passes.push(pass);
        else turned += 1;
      }
      most = Math.max(most, passes.length);
      while (passes.length > inside) this.entrance.leave(kind, passes.shift()!, 1, this.now);
    }
    for (const pass of passes) this.entrance.leave(kind, pass, 1, this.now);
    return { most, turned };
  }
}
