// A deployment whose variables are wrong: what goes by them does nothing, and says by name which they are and what they must be.
import type { Issue } from './configuration-change.ts';

/** Thrown, for what cannot go on without them is found deep down: a run of a job fails, a request is refused, of several rooms one is told apart. */
export class Misconfigured extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ field, message }) => `${field} ${message}`).join('; '));
    this.name = 'Misconfigured';
    this.issues = issues;
  }
}
