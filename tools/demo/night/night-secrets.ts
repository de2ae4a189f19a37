// The night demo's decision tokens and pseudonyms: hundreds of thousands of them wait for nobody.
import { createDecisionSigner } from '../../../src/platform/decision-signer.ts';
import { hash } from 'node:crypto';

/** Whoever reads this may sign: it guards simulated payments. */
export const nightSigner = createDecisionSigner(`1:${'5a'.repeat(32)}`);

/** The house's own format under a plain hash. */
export const nightPseudonym = (text: string): Promise<string> =>
  Promise.resolve(`h${hash('sha256', text, 'hex').slice(0, 16)}`);
