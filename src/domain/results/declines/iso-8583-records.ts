// What ISO 8583 says of field 39, for every card network that has no record of its own. 76-89 are private use: each network's own, never here.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

const EDITION = '2026-11-21';
const LISTED = 'ISO 8583:1987 field 39, as IanFoxDev/decline-codes (MIT) lists it from Wikipedia';
const ACQUIRERS = 'ISO 8583:1987 field 39, as listed by readme.io/card-present errors and Lyra acquirer codes';

export const ISO_8583_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf({ family: 'iso8583', everywhere: true, source: LISTED, edition: EDITION }, [
    ['01 02 05 21', 'later', 'issuer'],
    ['34 36 58 59 61 62 63 65', 'later', 'issuer'],
    ['39 42 44 52 53', 'later', 'issuer'],
    ['38 51 75', 'later', 'user'],
    ['04 07 41 43', 'never', 'issuer'],
    ['12 15 40 57 93', 'never', 'issuer'],
    ['14 56', 'never', 'user'],
    ['13', 'fix_data', 'issuer'],
    ['33 54 55', 'fix_data', 'user'],
    ['03', 'technical', 'merchant_config', { says: 'invalid merchant' }],
    ['96', 'technical', 'processor', { says: 'system malfunction' }],
    ['22 30 31 91 92', 'technical', 'network'],
    ['06 19', 'technical', 'issuer'],
    // A duplicate says that there is another one: whether that was paid is what must be found out.
    ['94', 'unknown', 'issuer'],
  ]),
  ...recordsOf({ family: 'iso8583', everywhere: true, source: ACQUIRERS, edition: '2026-11' }, [
    // "Response received too late": it may have been an approval.
    ['68', 'unknown', 'network'],
  ]),
  ...recordsOf(
    {
      family: 'iso8583',
      everywhere: true,
      source: 'ISO 8583:1987 field 39, as listed by hex.pm/packages/iso_8583 0.1.5 and Nexi provider codes (GICC)',
      edition: EDITION,
    },
    [
      // Approvals, which a decline contradicts; and a "wait message" before the true reply: nobody can say.
      ['00 08 10 11 16', 'unknown', 'network'],
      ['09', 'unknown', 'network'],
    ],
  ),
];
