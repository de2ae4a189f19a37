import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RESIDUAL } from '../../../src/domain/segment.ts';
import { cut, fitted, incidentOf, severityOf } from '../../../src/domain/notifications/incident.ts';
import { alertOf, incident } from './sample-incident.ts';
import type { Alert } from '../../../src/domain/health/alert-book.ts';

describe('severity', () => {
  const cases: readonly (readonly [Partial<Alert>, string])[] = [
    [{ toStatus: 'DOWN', segment: RESIDUAL }, 'critical'],
    [{ toStatus: 'DOWN', processorId: '*' }, 'critical'],
    [{ toStatus: 'DOWN' }, 'error'],
    [{ toStatus: 'DOWN', kind: 'silent' }, 'error'],
    [{ toStatus: 'DOWN', kind: 'silent', segment: RESIDUAL }, 'critical'],
    [{ toStatus: 'DEGRADED', kind: 'technical', segment: RESIDUAL }, 'warning'],
    [{ toStatus: 'DEGRADED', kind: 'approval', processorId: '*' }, 'warning'],
    [{ toStatus: 'DEGRADED', kind: 'approval_collapse' }, 'error'],
    [{ toStatus: 'HEALTHY', kind: 'source_silent', processorId: '*', segment: RESIDUAL }, 'error'],
    [{ toStatus: 'HEALTHY', kind: 'double_charge_risk', subject: 'pay_1', processorId: '*' }, 'critical'],
    [{ toStatus: 'HEALTHY', kind: 'unknown_overdue', segment: RESIDUAL }, 'error'],
    [{ toStatus: 'HEALTHY', kind: 'dead_letters', subject: 'stripe_eu', processorId: '*' }, 'warning'],
  ];
  test.each(cases)('[NTF-1] %o is %s', (fields, severity) => {
    expect(severityOf(alertOf(fields))).toBe(severity);
  });
});

describe('an incident in words', () => {
  const subjects: readonly (readonly [Partial<Alert>, string])[] = [
    [{}, 'processor_a (PIX in BR)'],
    [{ segment: RESIDUAL }, 'processor_a'],
    [{ processorId: '*' }, 'several processors (PIX in BR)'],
    [{ processorId: '*', segment: RESIDUAL, kind: 'source_silent' }, 'all processors'],
    [{ processorId: '*', segment: RESIDUAL, kind: 'double_charge_risk', subject: 'pay_1' }, 'payment pay_1'],
    [{ processorId: '*', segment: RESIDUAL, kind: 'dead_letters', subject: 'stripe_eu' }, 'source stripe_eu'],
  ];
  test.each(subjects)('[NTF-1] %o is about %s', (fields, subject) => {
    expect(incidentOf(alertOf(fields)).subject).toBe(subject);
  });

  test('[NTF-1] an incident keeps the id and the times of its alert', () => {
    const alert = alertOf({ closedAtMs: 5, updatedAtMs: 5 });
    expect(incidentOf(alert)).toMatchObject({
      id: 'alt_1',
      openedAtMs: alert.openedAtMs,
      updatedAtMs: 5,
      closedAtMs: 5,
    });
  });

  test('[NTF-19] texts are cut at whole characters, without control characters and halves of characters', () => {
    expect(cut('a\u0000\nb\ud800c', 10)).toBe('a b\ufffdc');
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('ab😀cd', 5)).toBe('ab😀…');
    expect(cut('abcd', 4)).toBe('abcd');
  });

  test('[NTF-19] an incident that was made to fit fits, once and for all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3_000 }),
        fc.dictionary(
          fc.string({ maxLength: 100 }),
          fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.double()),
          { maxKeys: 40 },
        ),
        (reason, evidence) => {
          const once = fitted(incident({ reason, subject: reason, acknowledgedBy: reason, evidence }));
          expect(fitted(once)).toEqual(once);
          expect(once.reason.length).toBeLessThanOrEqual(1_000);
          expect(once.subject.length).toBeLessThanOrEqual(200);
          expect(Object.keys(once.evidence).length).toBeLessThanOrEqual(20);
          expect(JSON.stringify(once)).not.toMatch(/\\u/);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });
});
