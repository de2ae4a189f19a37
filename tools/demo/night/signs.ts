// What one finding of the night is worth against the truth: it tells of a fault, is its after-effect, blames the wrong one, or is a false alarm.
import { AFTERMATH_MINUTES, explainingFault, type KnownFault, type SignKind } from './truth.ts';
import { BINS } from './customers.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import { MOCK_PROCESSORS } from '../mock-processors.ts';
import { SEGMENTS } from '../payments.ts';

export type Finder = 'breaker' | 'alert' | 'sweep-boards' | 'sweep-unknowns' | 'find-anomalies' | 'foretell-trouble';

/** One thing that people were told, at the moment when they were told it. */
export interface Sign {
  readonly by: Finder;
  /** Of the anomaly, alert, prediction or turn; what is told anew when it changes keeps it. */
  readonly id: string;
  readonly minute: number;
  readonly kind: SignKind;
  readonly words: string;
  /** Where it was found: everywhere, if nothing is said. */
  readonly place: Combination;
  /** Who is blamed, what explains most first; none: nobody is yet. */
  readonly blames: readonly Blame[];
}

export interface Blame {
  /** Of the same payments. */
  readonly names: readonly Combination[];
  readonly verdict: string;
}

export type Worth =
  /** Its kind is the fault's, and whom it blames is the culprit, or within the culprit. */
  | { readonly of: 'fault'; readonly fault: KnownFault }
  /** Right as far as it goes: nobody is blamed yet, or too many are. */
  | { readonly of: 'vague'; readonly fault: KnownFault }
  | { readonly of: 'after_effect'; readonly fault: KnownFault }
  /** It blames somebody else, or says that it is no processor's where it is one's, or the other way round. */
  | { readonly of: 'wrong_cause'; readonly fault: KnownFault }
  /** No fault explains it. */
  | { readonly of: 'nothing' };

export function worthOf(sign: Sign, faults: readonly KnownFault[]): Worth {
  const fault = explainingFault(faults, sign.minute);
  if (fault === null) return { of: 'nothing' };
  const isSign = fault.signs.includes(sign.kind);
  if (!isSign && !fault.afterEffects.includes(sign.kind)) return { of: 'nothing' };
  const { blames } = sign;
  // A prediction tells what is to come to its processor, and not why: of another one's trouble it is merely wrong.
  if (blames.some((blame) => !isTrue(fault, blame)))
    return sign.by === 'foretell-trouble' ? { of: 'nothing' } : { of: 'wrong_cause', fault };
  // Others serve the same segments: what the culprit loses they gain.
  const isThere = isSign ? touches(fault.culprit, sign.place) : sharesSegment(fault.culprit, sign.place);
  if (blames.length === 0 && !isThere) return { of: 'nothing' };
  if (!isSign) return { of: 'after_effect', fault };
  return { of: blames.some((blame) => isNamed(fault, blame)) ? 'fault' : 'vague', fault };
}

/** `unclear` blames nobody. Approvals that fall by a flood of tested cards do fall at one issuer's. */
function trueVerdicts({ name, culprit }: KnownFault): readonly string[] {
  if (culprit.processor !== undefined) return ['processor', 'unclear'];
  return name === 'card testing' ? ['attack', 'issuer', 'unclear'] : ['issuer', 'unclear'];
}

/** Of a processor at fault no other is blamed; of anything else, none at all. */
function isTrue(fault: KnownFault, { names, verdict }: Blame): boolean {
  const { culprit } = fault;
  const blamesAnother = names.every(({ processor }) => processor !== undefined && processor !== culprit.processor);
  return trueVerdicts(fault).includes(verdict) && !blamesAnother && names.some((each) => touches(culprit, each));
}

const isNamed = ({ culprit }: KnownFault, { names }: Blame): boolean =>
  names.some((each) =>
    culprit.processor === undefined ? each.bin === culprit.bin : each.processor === culprit.processor,
  );

interface Route {
  readonly processor: string;
  readonly method: string;
  readonly country: string;
  readonly bin?: string;
}

const ROUTES: readonly Route[] = MOCK_PROCESSORS.flatMap(({ id, payment_methods: methods, countries }) =>
  SEGMENTS.flatMap((segment): Route[] => {
    const [method = '', country = ''] = segment.split('|');
    if (!methods.includes(method) || !countries.includes(country)) return [];
    const route = { processor: id, method, country };
    return method === 'CARD' ? (BINS[country] ?? []).map((bin) => ({ ...route, bin })) : [route];
  }),
);

const isIn = (route: Route, place: Combination): boolean =>
  Object.entries(place).every(([attribute, value]) => route[attribute as keyof Route] === value);

/** Some payments are of both. */
export const touches = (one: Combination, other: Combination): boolean =>
  ROUTES.some((route) => isIn(route, one) && isIn(route, other));

function sharesSegment(culprit: Combination, place: Combination): boolean {
  const hit = ROUTES.filter((route) => isIn(route, culprit));
  return ROUTES.some(
    (route) =>
      isIn(route, place) && hit.some(({ method, country }) => method === route.method && country === route.country),
  );
}

/** Whether a processor may have been unwell then: a fault of its own was at work, or was over for less than its aftermath. */
export const isUnwell = (processor: string, minute: number, faults: readonly KnownFault[]): boolean =>
  faults.some(
    ({ culprit, fromMinute, untilMinute }) =>
      culprit.processor === processor && minute >= fromMinute && minute < untilMinute + AFTERMATH_MINUTES,
  );
