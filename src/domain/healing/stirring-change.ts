// Which changes of the configuration healing looks at before the minute is over: overrides that somebody else puts or lifts, a drain of its own among them.
import type { ConfigurationChange } from '../configuration/configuration-change.ts';
import { HEALER } from './healing-action.ts';

export const isForHealing = ({ op }: ConfigurationChange, { keyId }: { readonly keyId: string }): boolean =>
  (op === 'put_override' || op === 'delete_override') && keyId !== HEALER;
