import { describe, expect, test } from 'vitest';
import { ADAPTERS, adapterOf } from '../../src/connectors/adapters.ts';
import { SIGNATURE_CASES } from './all-signature-cases.ts';
import { NOW_MS, settingsOf, showForgeries } from './signature-cases.ts';
import { atSoak, tellFigures } from '../harness/soak.ts';

const FORGERIES = atSoak(2_000, 100_000);
const SEED = 20_261_121;

test('[CON-1] every adapter has its signed deliveries here, and is found by its id alone', () => {
  const tried = new Set(Object.values(SIGNATURE_CASES).map(({ adapter }) => adapter.declaration.id));
  const ids = ADAPTERS.map(({ declaration }) => declaration.id);
  expect(ids.filter((id) => !tried.has(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.map((id) => adapterOf(id)?.declaration.id)).toEqual(ids);
  expect(adapterOf('toString')).toBeNull();
});

describe.each(Object.entries(SIGNATURE_CASES))('%s', (_, signatureCase) => {
  const { adapter, secrets, bodies, own } = signatureCase;
  const settings = settingsOf(signatureCase);
  const sign = (secret: string, atMs = NOW_MS) => bodies.map((body) => signatureCase.sign({ body, secret, atMs }));
  const verdicts = (deliveries: ReturnType<typeof sign>, over = settings) =>
    Promise.all(deliveries.map((delivery) => adapter.verify(delivery, over)));

  test('[CON-1] a genuine delivery verifies, and what it holds can be read', async () => {
    for (const delivery of sign(secrets[0])) {
      expect(await adapter.verify(delivery, settings)).toEqual({ ok: true });
      const reading = await adapter.read(delivery, settings);
      expect(reading.unreadable).toEqual([]);
      expect(reading.events.length).toBeGreaterThan(0);
    }
    expect(adapter.settingsFaults(own, secrets)).toEqual([]);
  });

  test(
    `[CON-2] none of ${FORGERIES} seeded mutations of what is signed is accepted`,
    { timeout: 600_000 },
    async ({ task }) => {
      const { shown, accepted } = await showForgeries(signatureCase, { count: FORGERIES, seed: SEED });
      expect(accepted).toEqual([]);
      expect(shown).toBe(FORGERIES);
      tellFigures(task, { 'mutations per adapter': shown });
    },
  );

  test('[CON-3] while secrets rotate the old one and the new one verify, and no other does', async () => {
    const others = [settingsOf(signatureCase, { secrets: [secrets[0]] }), settingsOf(signatureCase, { secrets: [] })];
    for (const secret of secrets) for (const verdict of await verdicts(sign(secret))) expect(verdict.ok).toBe(true);
    for (const over of others)
      for (const verdict of await verdicts(sign(secrets[1]), over))
        expect(verdict).toEqual({
          ok: false,
          reason: adapter.declaration.signs === 'nothing' ? 'bad_path_secret' : 'bad_signature',
        });
  });

  test('[CON-3] a blank secret verifies nothing, and is a fault of the settings', async () => {
    for (const blank of ['', ' ', ' \n\t']) {
      expect(adapter.settingsFaults(own, [blank])).toHaveLength(1);
      const over = settingsOf(signatureCase, { secrets: [blank] });
      for (const verdict of await verdicts(sign(secrets[0]), over)) expect(verdict.ok).toBe(false);
    }
    expect(adapter.settingsFaults(own, [`${secrets[0]}\n`])).toHaveLength(1);
    expect(adapter.settingsFaults(own, [])).toHaveLength(1);
    expect(adapter.settingsFaults(own, [...secrets, secrets[0]])).toHaveLength(1);
  });

  test('[CON-4] a time that is signed is held to its window in both directions; without one, age refuses nothing', async () => {
    const windowMs = signatureCase.windowMs ?? adapter.declaration.replayWindowMs ?? 0;
    const ages = windowMs === 0 ? [0, 86_400_000 * 365] : [0, windowMs, -windowMs];
    for (const ageMs of ages)
      for (const verdict of await verdicts(sign(secrets[0], NOW_MS - ageMs))) expect(verdict).toEqual({ ok: true });
    for (const ageMs of windowMs === 0 ? [] : [windowMs + 1000, -windowMs - 1000])
      for (const verdict of await verdicts(sign(secrets[0], NOW_MS - ageMs)))
        expect(verdict).toEqual({ ok: false, reason: 'stale' });
  });
});
