import { describe, expect, test } from 'vitest';
import { lostApprovalRate, moneyAtRisk } from '../../../src/domain/health/money-at-risk.ts';

describe('money at risk', () => {
  test('[ALT-9] it is approvals lost an hour times the mean amount', () => {
    const lost = lostApprovalRate({ kind: 'approval', baseline: 0.9, recent: 0.4 }, 0.9);
    expect(moneyAtRisk(lost, { attemptsPerHour: 1_200, meanAmountMinor: 15_000, currency: 'BRL' })).toEqual({
      minorPerHour: 9_000_000,
      currency: 'BRL',
    });
  });

  test('[ALT-9] a technical failure loses only what would have been approved', () => {
    expect(lostApprovalRate({ kind: 'technical', baseline: 0.02, recent: 0.92 }, 0.8)).toBeCloseTo(0.72, 12);
  });

  test('[ALT-9] a change for the better risks nothing, and nothing is said without volume, amount or currency', () => {
    expect(lostApprovalRate({ kind: 'approval', baseline: 0.4, recent: 0.9 }, 0.9)).toBe(0);
    expect(lostApprovalRate({ kind: 'technical', baseline: 0.4, recent: 0.1 }, 0.9)).toBe(0);
    const known = { attemptsPerHour: 10, meanAmountMinor: 100, currency: 'BRL' };
    expect(moneyAtRisk(0, known)).toEqual({ minorPerHour: 0, currency: 'BRL' });
    for (const missing of [
      { attemptsPerHour: 0 },
      { attemptsPerHour: Number.NaN },
      { meanAmountMinor: null },
      { currency: null },
    ]) {
      expect(moneyAtRisk(0.5, { ...known, ...missing })).toBeNull();
    }
  });
});
