// The families of cases that localisation is measured on: each level of cause, two at once, noise, few counts, many leaves.
import type { Attribute } from '../../src/domain/localisation/leaf-table.ts';
import type { CaseShape } from './cases.ts';

const SIZES = { processor: 8, method: 5, country: 10, bin: 20 } as const;
const ONE: readonly (readonly Attribute[])[] = [['processor'], ['method'], ['country'], ['bin']];
const TWO: readonly (readonly Attribute[])[] = [
  ['processor', 'method'],
  ['processor', 'country'],
  ['method', 'country'],
  ['country', 'bin'],
  ['processor', 'bin'],
];
const THREE: readonly (readonly Attribute[])[] = [
  ['processor', 'method', 'country'],
  ['processor', 'country', 'bin'],
];

const ORDINARY = {
  sizes: SIZES,
  leaves: 1_500,
  attempts: 15_000,
  baselineTimes: 6,
  severity: [0.2, 0.9],
  noise: 0.1,
} as const;

export const SHAPES: readonly CaseShape[] = [
  { ...ORDINARY, name: 'everything', causes: [[[]]] },
  { ...ORDINARY, name: 'one attribute', causes: [ONE] },
  { ...ORDINARY, name: 'two attributes', causes: [TWO] },
  { ...ORDINARY, name: 'three attributes', causes: [THREE] },
  { ...ORDINARY, name: 'two causes, one attribute', causes: [ONE, ONE] },
  { ...ORDINARY, name: 'two causes, one or two', causes: [ONE, TWO] },
  { ...ORDINARY, name: 'two causes, two attributes', causes: [TWO, TWO] },
  { ...ORDINARY, name: 'mild: 12% to 25% fail', causes: [[...ONE, ...TWO]], severity: [0.12, 0.25] },
  { ...ORDINARY, name: 'noise: leaves sway by half', causes: [[...ONE, ...TWO]], noise: 0.5 },
  { ...ORDINARY, name: 'few: 1,000 attempts', causes: [[...ONE, ...TWO]], attempts: 1_000 },
  { ...ORDINARY, name: 'few: 300 attempts', causes: [ONE], attempts: 300, leaves: 200 },
  { ...ORDINARY, name: 'no cause', causes: [] },
  {
    ...ORDINARY,
    name: '50 x 10 x 30 x 100, 20,000 leaves',
    sizes: { processor: 50, method: 10, country: 30, bin: 100 },
    leaves: 20_000,
    attempts: 100_000,
    causes: [[...ONE, ...TWO]],
  },
];
