import { expect, test } from 'vitest';
import {
  judgeTrial,
  occasionsOf,
  type Raised,
  raisedIn,
  sumOf,
} from '../../../lab/payment-anomalies/measure-precision.ts';
import { FAULTS } from '../../../lab/payment-anomalies/faults.ts';
import { LAB_FIGURES } from '../../../src/domain/payment-anomalies/lab-figures.ts';
import measured from '../../../lab/payment-anomalies/precision.json' with { type: 'json' };

test('[ANM-15] the figures that the API tells are those of what the lab raised', () => {
  const raised = measured.raised as readonly (readonly Raised[])[];
  const judged = raised.map((each, house) => judgeTrial(occasionsOf({ house, faults: FAULTS, isShort: false }), each));
  expect(judged).toHaveLength(3);
  expect(LAB_FIGURES).toEqual({ source: 'lab/payment-anomalies/precision.ts', ...sumOf(judged) });
  expect(measured.figures).toEqual(sumOf(judged));
});

test('[ANM-15] what the lab raised is what this code raises: six faults again give the same anomalies, minutes and causes', () => {
  const trial = { house: 0, faults: FAULTS, isShort: true };
  const again = raisedIn({ ...trial, hasSeries: true });
  expect(again).toEqual(measured.short);
  const found = judgeTrial(occasionsOf(trial), again).faults.filter((each) => each.found !== null);
  expect(found.length).toBeGreaterThanOrEqual(5);
}, 120_000);
