// The objects that are woken by alarms, by the names that healing knows them under.
import type { AlarmedObject } from './alarm-check.ts';
import { asProcessorId, type ProcessorId } from '../src/domain/identity.ts';

/** Of each there is one. */
const NAMESPACES = {
  registry: 'REGISTRY',
  alert_courier: 'ALERT_COURIER',
  webhook_intake: 'WEBHOOK_INTAKE',
  history_desk: 'HISTORY_DESK',
  healing_book: 'HEALING_BOOK',
  anomaly_book: 'ANOMALY_BOOK',
  tuning_book: 'TUNING_BOOK',
  model_book: 'MODEL_BOOK',
} as const;
export const OBJECTS = Object.keys(NAMESPACES) as readonly (keyof typeof NAMESPACES)[];

export const LEDGER_PARTS = 256;
const PARTS_PREFIX = 'credentials_';
export const ledgerPartOf = (part: number): string => `${PARTS_PREFIX}${part.toString(16).padStart(2, '0')}`;

const PROCESSOR_PREFIX = 'processor:';
export const processorObjectOf = (id: ProcessorId): string => `${PROCESSOR_PREFIX}${id}`;

/** Throws on a name that is none of them. */
export function alarmedObjectOf(env: Env, object: string): AlarmedObject {
  if (object.startsWith(PROCESSOR_PREFIX))
    return stubIn(env.PROCESSOR, asProcessorId(object.slice(PROCESSOR_PREFIX.length)));
  if (object.startsWith(PARTS_PREFIX)) return stubIn(env.CREDENTIAL_LEDGER, object);
  const known = OBJECTS.find((one) => one === object);
  if (known === undefined) throw new Error(`${object} is no object that an alarm wakes`);
  return stubIn(env[NAMESPACES[known]], 'main');
}

interface Namespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): unknown;
}

/** Plain data crosses unchanged. */
const stubIn = (namespace: Namespace, name: string): AlarmedObject =>
  namespace.get(namespace.idFromName(name)) as AlarmedObject;
