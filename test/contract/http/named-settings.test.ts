// docs/settings.md against the house: it has all that a deployment is given, every setting of the seeds is in it, and its example does what it says.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createCaller } from '../../harness/http-caller.ts';

const page = readFileSync('docs/settings.md', 'utf8');
const [ofOthers = '', ofDeployment = ''] = page.split('## All that a deployment is given');
const rowsOf = (part: string): readonly (readonly string[])[] =>
  part
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));
const rows = rowsOf(ofOthers);
const wrangler = readFileSync('wrangler.toml', 'utf8');
const namesIn = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** As the Operations Module's, APOS's and AegisPay's documents write them. */
const THEIRS = [
  'SELF_HEALING_ENABLED SELF_HEALING_INTERVAL_MS MAX_HEALING_ATTEMPTS AUTO_SCALING_ENABLED MIN_INSTANCES MAX_INSTANCES',
  'TARGET_TPM_PER_INSTANCE PREDICTIVE_MAINTENANCE_ENABLED PREDICTION_SENSITIVITY AUTO_SCHEDULE_MAINTENANCE',
  'AUTO_OPTIMIZATION_ENABLED OPTIMIZATION_INTERVAL_MS CONSERVATIVE_MODE enable_ml_routing confidence_threshold',
  'min_training_samples sensitivity enable_fraud_detection max_retry_attempts auto_switch_connectors enable_auto_scaling',
  'cpu_scale_up_threshold min_instances max_instances host port workers setBackupProviders selfHealing autoScaling',
  'predictiveMaintenance autoOptimization minInstances maxInstances targetTransactionsPerInstance scaleProvider k8sNamespace',
  'k8sDeployment autoScheduleMaintenance failureThreshold failureRateThreshold successThreshold openTimeout halfOpenTimeout',
  'halfOpenMaxAttempts adaptiveThresholds minHealthScore RUST_LOG POSTGRES_HOST REDIS_HOST RABBITMQ_HOST',
].flatMap((line) => line.split(' '));

describe('the page of settings', () => {
  /** What has nothing here that it could govern. */
  const NOWHERE = 'host port workers scaleProvider k8sNamespace k8sDeployment RUST_LOG'.split(' ');
  /** What is another thing here. */
  const OTHERWISE = 'setBackupProviders POSTGRES_HOST REDIS_HOST RABBITMQ_HOST'.split(' ');
  /** Said there beside a name that is a variable here. */
  const BESIDE = 'selfHealing autoScaling predictiveMaintenance autoOptimization enable_auto_scaling'.split(' ');

  test('[SET-1] every setting of theirs is a variable or a field of its own name', () => {
    const own = THEIRS.filter((name) => ![...NOWHERE, ...OTHERWISE, ...BESIDE].includes(name));
    const inCapitals = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const fields = rows.flatMap(([, , ours]) => (/PUT|breaker/.test(ours!) ? namesIn(ours!) : []));
    const nameless = own.filter((name) => {
      const variable = /^[A-Z_]+$/.test(name) ? name : inCapitals(name);
      const isVariable = new RegExp(`^${variable} = `, 'm').test(wrangler);
      const row = rows.find(([, theirs]) => namesIn(theirs!).includes(name));
      return !isVariable && !fields.includes(name) && !/same of `breaker`|TARGET_TPM/.test(row?.[2] ?? '');
    });
    expect(own.length).toBeGreaterThan(30);
    expect(nameless).toEqual([]);
    const unset = rows.filter(([, , ours]) => ours === 'are not set').flatMap(([, theirs]) => namesIn(theirs!));
    expect(unset.filter((name) => !NOWHERE.includes(name) && name !== '[log] level')).toEqual([]);
  });

  test.each(THEIRS)('says where %s is set', (name) => {
    expect(rows.flatMap(([, theirs]) => namesIn(theirs!))).toContain(name);
  });

  test('names only variables that wrangler.toml has', () => {
    const named = rows.flatMap(([, , ours]) => namesIn(ours!)).filter((name) => /^[A-Z][A-Z_]+$/.test(name));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !new RegExp(`^${name} = `, 'm').test(wrangler))).toEqual([]);
  });

  test('names only endpoints that there are', async () => {
    const { app } = await createCaller();
    const paths = [...page.matchAll(/PUT (\/api\/v1\/[a-z/-]+(?:\{id\})?)/g)].map(([, path]) =>
      path!.replace('{id}', ':id'),
    );
    const known = new Set(app.routes.filter(({ method }) => method === 'PUT').map(({ path }) => path));
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !known.has(path))).toEqual([]);
  });

  test('[DEC-30] has an example that sends payments to a processor, and to its backups in their order', async () => {
    const caller = await createCaller({ registered: false });
    for (const id of ['other', 'paystack', 'intasend', 'mpesa'])
      await caller.call('POST', '/api/v1/processors', {
        body: { id, name: id, payment_methods: ['CARD'], countries: ['KE'] },
      });
    const body: unknown = JSON.parse(/-d '(\{.*\})'/.exec(page)![1]!);
    const put = await caller.call('PUT', '/api/v1/processors/mpesa', { body });
    expect(put.json).toMatchObject({ backups: ['intasend', 'paystack'] });
    expect((await caller.call('DELETE', '/api/v1/processors/paystack')).status).toBe(422);
    const chosen: unknown[] = [];
    for (const out of ['mpesa', 'intasend', 'paystack']) {
      const path = `/api/v1/processors/${out}/breaker/force-open`;
      expect((await caller.call('POST', path, { body: { why: 'trial', ttl_seconds: 600 } })).status).toBeLessThan(300);
      const { json } = await caller.call('GET', '/api/v1/routing/recommend?payment_method=CARD&country=KE');
      chosen.push(json['processor_id']);
    }
    expect(chosen).toEqual(['intasend', 'paystack', 'other']);
  });
});

/** What one pattern finds in `wrangler.toml`. */
const given = (pattern: RegExp, text = wrangler): string[] =>
  [...text.matchAll(pattern)].map(([, name]) => name!).sort();
const section = (name: string): string => wrangler.split(`\n[${name}]\n`)[1]?.split(/^\[/m)[0] ?? '';

describe('the table of all that a deployment is given', () => {
  const table = rowsOf(ofDeployment);
  const named = (kind: string): string[] =>
    table.flatMap(([, name, its]) => (its === kind ? namesIn(name!) : [])).sort();

  test('has every variable, secret, binding and cron, and none that is not', () => {
    const optional = given(/readonly ([A-Z_]+)\?/g, readFileSync('src/optional-secrets.d.ts', 'utf8'));
    const required = given(/"([A-Z_]+)"/g, section('secrets').split('required = ')[1]);
    expect(required.length).toBeGreaterThan(2);
    expect(named('secret')).toEqual([...required, ...optional].sort());
    expect(named('variable')).toEqual(given(/^([A-Z_]+) = /gm, section('vars')));
    expect(named('binding')).toEqual(given(/^name = "([A-Z_]+)"/gm));
    expect(named('cron')).toEqual(given(/"([^"]+)"/g, section('triggers').split('crons = ')[1]));
    expect(table.map(([, , kind]) => kind).filter((kind) => !/^(variable|secret|binding|cron)$/.test(kind!))).toEqual(
      [],
    );
  });

  test('says what each variable is as it stands', () => {
    const told = table.flatMap(([, name, kind, stands]) =>
      kind === 'variable' ? [`${namesIn(name!)[0]} = "${stands === 'empty' ? '' : namesIn(stands!)[0]}"`] : [],
    );
    expect(told.length).toBeGreaterThan(20);
    expect(told.sort()).toEqual(given(/^([A-Z_]+ = ".*")$/gm, section('vars')));
  });

  test('names the jobs of each cron', () => {
    const jobs = readdirSync('workers')
      .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
      .flatMap((file) => {
        const crons = /crons: \[(.*)\]/.exec(readFileSync(`workers/${file}`, 'utf8'))?.[1];
        return given(/'([^']+)'/g, crons ?? '').map((cron) => `${cron} ${file.slice(0, -'.ts'.length)}`);
      });
    const told = (whole: readonly (readonly string[])[]): readonly string[] =>
      whole
        .filter(([, , kind]) => kind === 'cron')
        .flatMap((row) => namesIn(row.slice(3).join(' ')).map((job) => `${namesIn(row[1]!)[0]} ${job}`));
    expect(jobs.length).toBeGreaterThan(10);
    // In the README as well.
    for (const whole of [table, rowsOf(readFileSync('README.md', 'utf8'))])
      expect(told(whole).toSorted()).toEqual(jobs.sort());
  });

  test('is where the README says it is', () => {
    expect(readFileSync('README.md', 'utf8')).toContain('(docs/settings.md#all-that-a-deployment-is-given)');
  });
});
