// Puts beside a result what history keeps of its attempt; whose it is stands there as keyed hashes alone.
import {
  type DetailedResult,
  type DetailHashes,
  type ToldDetails,
  withDetails,
} from '../domain/history/attempt-details.ts';
import type { CanonicalResult } from '../domain/results/canonical-result.ts';
import type { World } from '../ports/world.ts';

export interface ToldAttemptDetails extends ToldDetails {
  readonly credentialFingerprint: string | null;
  readonly customerRef: string | null;
}

export const NO_HASHES: DetailHashes = { credentialHash: null, customerHash: null };

export const NO_DETAILS: ToldAttemptDetails = {
  paymentId: null,
  bin: null,
  issuerCountry: null,
  initiator: null,
  threeDs: null,
  network: null,
  networkDeclineCode: null,
  adviceCode: null,
  family: null,
  credentialFingerprint: null,
  customerRef: null,
};

/** The words before them keep a customer from having the hash of a credential of the same name, or of a card number that stood in an id. */
export async function keepDetails(
  { pseudonym }: Pick<World, 'pseudonym'>,
  result: CanonicalResult,
  told: ToldAttemptDetails,
): Promise<DetailedResult> {
  const { credentialFingerprint, customerRef } = told;
  const [credentialHash, customerHash] = await Promise.all([
    credentialFingerprint === null ? null : pseudonym(`credential ${credentialFingerprint}`),
    customerRef === null ? null : pseudonym(`customer ${customerRef}`),
  ]);
  return withDetails(result, told, { credentialHash, customerHash });
}
