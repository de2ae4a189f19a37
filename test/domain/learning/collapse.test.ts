import { describe, expect, test } from 'vitest';
import { approvalCollapsed, approvalHealthOf, type ApprovalHealth } from '../../../src/domain/learning/collapse.ts';

const calm: ApprovalHealth = { baseline: 0.9, recent: 0.88, attempts: 200, signalOn: false };
const gone: ApprovalHealth = { baseline: 0.9, recent: 0.02, attempts: 14, signalOn: true };
const worse: ApprovalHealth = { baseline: 0.9, recent: 0.55, attempts: 60, signalOn: true };
const silentlyGone: ApprovalHealth = { ...gone, attempts: 40, signalOn: false };
const unseen: ApprovalHealth = { baseline: 0.8, recent: 0.8, attempts: 3, signalOn: false };

interface Case {
  readonly when: string;
  readonly own: ApprovalHealth;
  readonly others: readonly ApprovalHealth[];
  readonly collapsed: boolean;
}

describe('collapse', () => {
  const cases: readonly Case[] = [
    { when: '[LRN-13] one declines all and the others are calm', own: gone, others: [calm, calm], collapsed: true },
    { when: '[LRN-13] half of the others are calm', own: gone, others: [calm, gone], collapsed: true },
    { when: '[LRN-13] the detector is silent', own: { ...gone, signalOn: false }, others: [calm], collapsed: false },
    {
      when: '[LRN-13] a third of the baseline and more is left',
      own: { ...gone, recent: 0.32 },
      others: [calm],
      collapsed: false,
    },
    { when: '[LRN-13] calm others do not make up for a healthy own', own: calm, others: [calm], collapsed: false },
    { when: '[LRN-14] the others are gone too', own: gone, others: [gone, gone], collapsed: false },
    { when: '[LRN-14] most others have a signal', own: gone, others: [calm, worse, worse], collapsed: false },
    {
      when: '[LRN-14] the others are gone before their detectors say so',
      own: gone,
      others: [silentlyGone],
      collapsed: false,
    },
    {
      when: '[LRN-14] an issuer-wide step from 10% to 45% declines',
      own: worse,
      others: [worse, calm],
      collapsed: false,
    },
    { when: '[LRN-14] nobody can bear witness', own: gone, others: [unseen], collapsed: false },
    { when: '[LRN-14] there are no others', own: gone, others: [], collapsed: false },
  ];
  test.each(cases)('$when: collapsed is $collapsed', ({ own, others, collapsed }) => {
    expect(approvalCollapsed(own, others)).toBe(collapsed);
  });

  test('[LRN-13] a row tells of its approval detector, else of its belief', () => {
    const belief = { mean: 0.7, sd: 0.02, weight: 90, baseline: 0.8 };
    const technical = { kind: 'technical', sinceMs: 1, baseline: 0.01, recent: 0.9, attempts: 12 } as const;
    const approval = { kind: 'approval', sinceMs: 1, baseline: 0.85, recent: 0.1, attempts: 15 } as const;
    expect(approvalHealthOf({ belief, signals: [technical] })).toEqual({
      baseline: 0.8,
      recent: 0.7,
      attempts: 90,
      signalOn: false,
    });
    expect(approvalHealthOf({ belief, signals: [technical, approval] })).toEqual({
      baseline: 0.85,
      recent: 0.1,
      attempts: 15,
      signalOn: true,
    });
  });
});
