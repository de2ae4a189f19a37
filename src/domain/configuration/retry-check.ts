// Whether retry settings may be stored: nothing more lenient than what the card networks allow, and only processors that are there.
import type { CeilingFigures, RetrySettings } from './retry-settings.ts';
import { CEILING_IDS } from '../retries/ceiling-ids.ts';
import { ceilingMost, SETTABLE_FIGURES } from '../retries/settable-figures.ts';
import { type FieldCheck, issuesOf, isWithin } from './field-check.ts';
import type { Issue } from './configuration-change.ts';

/** `path` is empty or ends with a dot. */
export function checkRetries(settings: RetrySettings, registered: ReadonlySet<string>, path: string): Issue[] {
  const ids = settings.acquirers.map(({ processorId }) => processorId);
  return issuesOf([
    ...SETTABLE_FIGURES.map(({ key, name, unit, least, most }): FieldCheck => {
      const value = settings[key];
      return [value === null || isFigure(value / unit, least, most), `${path}${name}`, `must be ${least}-${most}`];
    }),
    ...checkCeilings(settings.ceilings, `${path}ceilings.`),
    ...settings.acquirers.flatMap(({ processorId, ceilings }, index): FieldCheck[] => [
      [
        registered.has(processorId),
        `${path}acquirers[${index}].processor_id`,
        'names a processor that is not registered',
      ],
      [ids.indexOf(processorId) === index, `${path}acquirers[${index}].processor_id`, 'is named twice'],
      ...checkCeilings(ceilings, `${path}acquirers[${index}].ceilings.`),
    ]),
  ]);
}

function checkCeilings(figures: CeilingFigures, path: string): FieldCheck[] {
  return CEILING_IDS.map((id) => {
    const figure = figures[id] ?? null;
    const most = ceilingMost(id);
    return [
      figure === null || isFigure(figure, 0, most),
      `${path}${id}`,
      `must be 0-${most}: the network allows no more`,
    ];
  });
}

const isFigure = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && isWithin(value, least, most);
