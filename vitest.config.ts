// Three kinds of test: `core` in plain Node, `workerd` inside the runtime, `system` over HTTP against a whole local Signalbox.
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { drawSecrets, secretBindings } from './tools/secrets.ts';

// The secrets are given below; without this wrangler warns in every test file that it found none in a file of its own.
process.env['WRANGLER_LOG'] ??= 'error';

export default defineConfig({
  test: {
    // By default one core is left alone.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'core',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workerd/**', 'test/system/**'],
          isolate: false,
          // On a busy machine a simulation takes its time; no test here is about speed.
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './test/workerd/test-worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: { ...secretBindings(drawSecrets()), ALERT_LOOPBACK: 'on' },
              durableObjects: { TEST_COURIER: { className: 'TestCourier', useSQLite: true } },
            },
          }),
        ],
        // Below this Vite says of two libraries' every file that its source map has no sources.
        logLevel: 'error',
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.ts'],
          globalSetup: ['test/harness/alert-receiver.ts', 'test/harness/postgres-on-demand.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          environment: 'node',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
