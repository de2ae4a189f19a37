// What a merchant advice code says of trying again, beside the decline code or on an approval. Who is to blame is the decline code's to say.
import { normalCode, type DeclineClass, type DeclineFamily } from './decline-record.ts';

/** What an advice code tells of the card itself: it may come on approvals, too. */
export type CardKind = 'prepaid_not_reloadable' | 'virtual_single_use' | 'virtual_multi_use';

export interface AdviceRecord {
  readonly id: string;
  readonly family: DeclineFamily;
  readonly code: string;
  readonly everywhere: boolean;
  /** `null`: says nothing of trying again. */
  readonly class: DeclineClass | null;
  readonly waitMs: number | null;
  readonly cardKind: CardKind | null;
  readonly source: string;
  readonly edition: string;
}

type Origin = Pick<AdviceRecord, 'family' | 'everywhere' | 'source' | 'edition'>;
type Row = readonly [
  codes: string,
  adviceClass: DeclineClass | null,
  more?: { readonly waitHours?: number; readonly cardKind?: CardKind },
];

const advice = (origin: Origin, rows: readonly Row[]): AdviceRecord[] =>
  rows.flatMap(([codes, adviceClass, more = {}]) =>
    codes.split(' ').map((code) => ({
      ...origin,
      id: `${origin.family}:advice:${code}`,
      code: normalCode(code),
      class: adviceClass,
      waitMs: more.waitHours === undefined ? null : more.waitHours * 3_600_000,
      cardKind: more.cardKind ?? null,
    })),
  );

/** Mastercard's rules are not public: these are its codes as those say who pass them on. */
const MASTERCARD = {
  family: 'mastercard',
  everywhere: false,
  source: 'TabaPay developer docs, Merchant Advice Code (the rules themselves are not public)',
  edition: '2026-09-30',
} as const;

export const ADVICE_RECORDS: readonly AdviceRecord[] = [
  ...advice(MASTERCARD, [
    ['01 04', 'fix_data'],
    ['03 21', 'never'],
    ['05 22', null],
    ['24', 'later', { waitHours: 1 }],
    ['25', 'later', { waitHours: 24 }],
    ['26', 'later', { waitHours: 48 }],
    ['27', 'later', { waitHours: 96 }],
    ['28', 'later', { waitHours: 144 }],
    ['29', 'later', { waitHours: 192 }],
    ['30', 'later', { waitHours: 240 }],
    ['40', null, { cardKind: 'prepaid_not_reloadable' }],
    ['41', null, { cardKind: 'virtual_single_use' }],
  ]),
  ...advice({ ...MASTERCARD, source: 'Antom docs, Merchant Advice Code', edition: '2026-11-21' }, [
    ['43', null, { cardKind: 'virtual_multi_use' }],
  ]),
  ...advice(
    {
      ...MASTERCARD,
      source: 'Solidgate docs, merchant advice codes; Airwallex docs say the same',
      edition: '2026-11-21',
    },
    [['02', 'later', { waitHours: 72 }]],
  ),
  // Its decline categories, as some processors hand them on: not to be read as Mastercard's 01, 02 and 03.
  ...advice(
    {
      family: 'visa',
      everywhere: false,
      source: 'CyberSource docs, merchantAdviceCode, values for Visa',
      edition: '2026-11-21',
    },
    [
      ['1', 'never'],
      ['2', 'later'],
      ['3', 'fix_data'],
    ],
  ),
  ...advice(
    {
      family: 'stripe',
      everywhere: true,
      source: 'Stripe docs, declines/card, retrying issuer declines (advice_code)',
      edition: '2026-10-05',
    },
    [
      ['do_not_try_again', 'never'],
      ['try_again_later', 'later'],
      ['confirm_card_data', 'fix_data'],
    ],
  ),
  ...advice({ family: 'yuno', everywhere: true, source: 'Yuno docs, merchant advice codes', edition: '2026-10' }, [
    ['UPDATE_INFORMATION REQUIREMENTS_NOT_FULFILLED', 'fix_data'],
    ['TRY_AGAIN_LATER', 'later'],
    ['DO_NOT_TRY_AGAIN NO_RETRY_LIFE_CYCLE NO_RETRY_POLICY NO_RETRY_SECURITY', 'never'],
    ['RETRY_AFTER_1_H', 'later', { waitHours: 1 }],
    ['RETRY_AFTER_24_H', 'later', { waitHours: 24 }],
    ['RETRY_AFTER_2_D', 'later', { waitHours: 48 }],
    ['RETRY_AFTER_4_D', 'later', { waitHours: 96 }],
    ['RETRY_AFTER_6_D', 'later', { waitHours: 144 }],
    ['RETRY_AFTER_8_D', 'later', { waitHours: 192 }],
    ['RETRY_AFTER_10_D', 'later', { waitHours: 240 }],
    ['MULTIPLE_USE_CARD', null, { cardKind: 'virtual_multi_use' }],
  ]),
];
