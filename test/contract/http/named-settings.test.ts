// docs/settings.md against the house: every variable it names is one, every setting of the seeds is in it, and its example does what it says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createCaller } from '../../harness/http-caller.ts';

const page = readFileSync('docs/settings.md', 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));
const namesIn = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** As the Operations Module's and APOS's configuration examples write them. */
const THEIRS = [
  'SELF_HEALING_ENABLED SELF_HEALING_INTERVAL_MS MAX_HEALING_ATTEMPTS AUTO_SCALING_ENABLED MIN_INSTANCES MAX_INSTANCES',
  'TARGET_TPM_PER_INSTANCE PREDICTIVE_MAINTENANCE_ENABLED PREDICTION_SENSITIVITY AUTO_SCHEDULE_MAINTENANCE',
  'AUTO_OPTIMIZATION_ENABLED OPTIMIZATION_INTERVAL_MS CONSERVATIVE_MODE enable_ml_routing confidence_threshold',
  'min_training_samples sensitivity enable_fraud_detection max_retry_attempts auto_switch_connectors enable_auto_scaling',
  'cpu_scale_up_threshold min_instances max_instances host port workers setBackupProviders',
].flatMap((line) => line.split(' '));

describe('the page of settings', () => {
  test.each(THEIRS)('says where %s is set', (name) => {
    expect(rows.flatMap(([, theirs]) => namesIn(theirs!))).toContain(name);
  });

  test('names only variables that wrangler.toml has', () => {
    const known = readFileSync('wrangler.toml', 'utf8');
    const named = rows.flatMap(([, , ours]) => namesIn(ours!)).filter((name) => /^[A-Z][A-Z_]+$/.test(name));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !new RegExp(`^${name} = `, 'm').test(known))).toEqual([]);
  });

  test('names only endpoints that there are', async () => {
    const { app } = await createCaller();
    const paths = [...page.matchAll(/PUT (\/api\/v1\/[a-z/-]+)/g)].map(([, path]) => path!);
    const known = new Set(app.routes.filter(({ method }) => method === 'PUT').map(({ path }) => path));
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !known.has(path))).toEqual([]);
  });

  test('has an example that sends payments to a processor, and to its backups in their order', async () => {
    const caller = await createCaller({ registered: false });
    for (const id of ['other', 'paystack', 'intasend', 'mpesa'])
      await caller.call('POST', '/api/v1/processors', {
        body: { id, name: id, payment_methods: ['CARD'], countries: ['KE'] },
      });
    const body = /-d '(\{.*\})'/.exec(page)?.[1];
    expect((await caller.call('POST', '/api/v1/rules', { body: JSON.parse(body!) as unknown })).status).toBe(201);
    const chosen: unknown[] = [];
    for (let step = 0; step < 3; step += 1) {
      const { json } = await caller.call('GET', '/api/v1/routing/recommend?payment_method=CARD&country=KE');
      chosen.push(json['processor_id']);
      const path = `/api/v1/processors/${String(json['processor_id'])}/breaker/force-open`;
      expect((await caller.call('POST', path, { body: { why: 'trial', ttl_seconds: 600 } })).status).toBeLessThan(300);
    }
    expect(chosen).toEqual(['mpesa', 'intasend', 'paystack']);
  });
});
