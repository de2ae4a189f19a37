// Fits a curve of calibration to judged looks: logistic regression by Newton's method, weakly drawn to none.
import type { Curve } from '../../src/domain/predictions/calibration.ts';
import type { JudgedLook } from './measure-days.ts';

const ROUNDS = 30;
/** As much as one look with a coefficient of one: keeps the system solvable. */
const PENALTY = 1;

export function fitCurve(looks: readonly JudgedLook[]): Curve {
  const size = 1 + looks[0]!.measures.length;
  let coefficients = new Array<number>(size).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    const system = coefficients.map((value, i) => [
      ...coefficients.map((_, j) => (i === j ? PENALTY : 0)),
      -PENALTY * value,
    ]);
    for (const { measures, came } of looks) {
      const row = [1, ...measures];
      const odds = row.reduce((sum, each, i) => sum + each * coefficients[i]!, 0);
      const probability = 1 / (1 + Math.exp(-odds));
      const certain = probability * (1 - probability);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) system[i]![j]! += certain * row[i]! * row[j]!;
        system[i]![size]! += row[i]! * ((came ? 1 : 0) - probability);
      }
    }
    const step = solved(system);
    coefficients = coefficients.map((value, i) => value + step[i]!);
    if (step.every((each) => Math.abs(each) < 1e-9)) break;
  }
  const [intercept, ...weights] = coefficients.map((value) => Number(value.toFixed(3)));
  return { intercept: intercept!, weights };
}

/** Gauss and Jordan, on a positive definite system with its right side. */
function solved(system: number[][]): number[] {
  for (const [at, row] of system.entries()) {
    const pivot = row[at]!;
    for (let j = 0; j < row.length; j++) row[j]! /= pivot;
    for (const [other, target] of system.entries()) {
      if (other === at) continue;
      const times = target[at]!;
      for (let j = 0; j < row.length; j++) target[j]! -= times * row[j]!;
    }
  }
  return system.map((row) => row.at(-1)!);
}
