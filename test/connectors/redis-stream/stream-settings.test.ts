import { describe, expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/redis-stream/adapter.ts';
import { KNOWN_MAPPINGS } from '../../../src/connectors/redis-stream/known-mappings.ts';
import { letterStreamOf } from '../../../src/connectors/redis-stream/own-keys.ts';
import { readEntry } from '../../../src/connectors/redis-stream/read-entry.ts';
import { COPY_STREAM } from '../../../src/platform/upstash-replica.ts';
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

  test('[STR-34] every key of our own is refused as a stream, the copy of the table among them', () => {
    for (const stream of [COPY_STREAM, letterStreamOf('apos'), 'signalbox:whatever'])
      expect(adapter.settingsFaults({ stream }, [])).toEqual([
        {
          field: 'own.stream',
          message: 'must not begin with `signalbox:`: so do the keys that Signalbox itself writes',
        },
      ]);
    expect(faultsOf({ stream: 'signalbox' })).toEqual([]);
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
    [{ stream: 's', colour: 'red' }, ['own.colour']],
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

  test.each([
    [{}, 'own.stream', 'must be given: a text'],
    [{ stream: 's', mapping: {} }, 'own.mapping.kinds', 'must be given: a JSON object'],
    [{ stream: 's', mapping: {} }, 'own.mapping.amount_unit', 'must be given: one of minor, major'],
    [{ stream: 's', mapping: { ...OWN_MAPPING, colour: 'red' } }, 'own.mapping.colour', 'is not a setting here'],
    [
      { stream: 's', mapping: { ...OWN_MAPPING, fields: { ...OWN_MAPPING.fields, colour: ['c'] } } },
      'own.mapping.fields.colour',
      'is not a setting here',
    ],
    [
      { stream: 's', mapping: { ...OWN_MAPPING, payload_fields: 'json' } },
      'own.mapping.payload_fields',
      'must be a list',
    ],
  ])('[STR-20] say in words what is wanted: %j', (own, field, message) => {
    expect(adapter.settingsFaults(own as Record<string, unknown>, [])).toContainEqual({ field, message });
  });

  test('[STR-20] hold no secret of their own', () => {
    expect(adapter.settingsFaults({ stream: 's' }, ['0123456789abcdef'])).toMatchObject([{ field: 'secrets' }]);
  });
});
