// Prometheus's own checker reads what /metrics says of a system that has seen traffic.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { needsProgram } from '../harness/debian.ts';
import { useLocalSystem } from '../harness/local-system.ts';

const missing = needsProgram('promtool', 'prometheus', 'metrics as promtool reads them');

describe.skipIf(missing)('metrics as promtool reads them', () => {
  const useSystem = useLocalSystem();

  test('[MET-1] promtool finds nothing to say against the metrics', async () => {
    const { api } = useSystem();
    await api.post('/api/v1/processors', {
      id: 'p',
      name: 'P "quoted" \\ name',
      payment_methods: ['PIX'],
      countries: ['BR'],
    });
    const transactions = ['approved', 'declined', 'error', 'timeout'].map((result) => ({
      ...{ processor_id: 'p', result, payment_method: 'PIX', country: 'BR' },
      ...{ amount: 10, currency: 'BRL', latency_ms: 80, transaction_id: `m-${result}` },
    }));
    await api.post('/api/v1/transactions', { transactions });
    // The row reaches the isolate's table within two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await api.get('/api/v1/processors');
    const text = await (await api.request('GET', '/metrics')).text();
    expect(text).toContain('signalbox_attempts_total{processor="p",result="approved"} 1');
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('');
  });
});
