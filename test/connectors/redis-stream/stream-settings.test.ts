import { describe, expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/redis-stream/adapter.ts';
import { KNOWN_MAPPINGS } from '../../../src/connectors/redis-stream/known-mappings.ts';
import { readEntry } from '../../../src/connectors/redis-stream/read-entry.ts';
import { streamSettingsOf } from '../../../src/connectors/redis-stream/stream-settings.ts';

const OWN_MAPPING = {
  payload_fields: ['json'],
  fields: { kind: ['what'], attempt_key: ['id'], amount: ['money.amount'], currency: ['money.currency'] },
  kinds: { Paid: 'authorised' },
  amount_unit: 'major',
  time_unit: 'ms',
  payment_methods: { ccard: 'CARD' },
};

const faultsOf = (own: object): readonly string[] =>
  adapter.settingsFaults(own as Record<string, unknown>, []).map(({ field }) => field);

describe('the settings of a stream', () => {
  test("[STR-20] by default the group is signalbox and the mapping Hyperswitch's", () => {
    expect(faultsOf({ stream: 'payments' })).toEqual([]);
    const hyperswitch = KNOWN_MAPPINGS.find(({ name }) => name === 'hyperswitch')!.mapping;
    expect(streamSettingsOf({ stream: 'payments' })).toEqual({
      stream: 'payments',
      group: 'signalbox',
      mapping: hyperswitch,
      family: 'hyperswitch',
    });
  });

  test('[STR-20] a mapping of the operator is written in the words of the API, and its own words stay', () => {
    expect(faultsOf({ stream: 's', mapping: OWN_MAPPING })).toEqual([]);
    const { mapping, family } = streamSettingsOf({ stream: 's', group: 'g', mapping: OWN_MAPPING })!;
    expect(family).toBeNull();
    const json = JSON.stringify({ what: 'PAID', id: 'a_1', money: { amount: '1.50', currency: 'BRL' } });
    expect(readEntry({ id: '1-1', fields: [['json', json]], deliveries: 1 }, mapping)).toMatchObject({
      kind: 'event',
      event: { kind: 'authorised', attemptKey: 'a_1', amountMinor: 150 },
    });
  });

  test.each([
    [{}, ['own.stream']],
    [{ stream: '' }, ['own.stream']],
    [{ stream: 'a\nb' }, ['own.stream']],
    [{ stream: 's', group: 7 }, ['own.group']],
    [{ stream: 's', colour: 'red' }, ['own']],
    [{ stream: 's', mapping: 'nobody' }, ['own.mapping']],
    [{ stream: 's', mapping: 7 }, ['own.mapping']],
    [{ stream: 's', mapping: { ...OWN_MAPPING, amount_unit: 'dollars' } }, ['own.mapping.amount_unit']],
    [{ stream: 's', mapping: { ...OWN_MAPPING, kinds: { paid: 'nice' } } }, ['own.mapping.kinds.paid']],
    [{ stream: 's', mapping: { ...OWN_MAPPING, payloadFields: [] } }, ['own.mapping.payloadFields']],
    [{ stream: 's', mapping: { ...OWN_MAPPING, fields: { kind: ['what'] } } }, ['own.mapping.fields.attempt_key']],
    [
      { stream: 's', mapping: { ...OWN_MAPPING, fields: { ...OWN_MAPPING.fields, decline_code: [] } } },
      ['own.mapping.fields.decline_code'],
    ],
  ])('[STR-20] are judged field by field: %j', (own, fields) => {
    expect(faultsOf(own)).toEqual(fields);
    expect(streamSettingsOf(own as Record<string, unknown>)).toBeNull();
  });

  test('[STR-20] hold no secret of their own', () => {
    expect(adapter.settingsFaults({ stream: 's' }, ['0123456789abcdef'])).toMatchObject([{ field: 'secrets' }]);
  });
});
