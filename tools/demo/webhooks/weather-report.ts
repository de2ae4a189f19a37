// Draws the end of the webhook demo for people: what was sent of each attempt in which order, what became of it on both sides, and the verdict.
import type { Check } from '../findings.ts';
import { styled } from '../report.ts';
import type { DemoAttempt, DemoDelivery } from './deliveries.ts';
import type { AttemptState, SentDelivery } from './weather-house.ts';

export interface AttemptStory {
  readonly attempt: DemoAttempt;
  readonly clean: AttemptState;
  readonly stormy: AttemptState;
}

export interface DeadLetter {
  readonly source: string;
  readonly reason: string;
  readonly field: string | null;
}

export interface Weather {
  readonly stories: readonly AttemptStory[];
  readonly cleanSent: readonly SentDelivery[];
  readonly stormySent: readonly SentDelivery[];
  readonly letters: readonly DeadLetter[];
}

export const wordOf = ({ final, after }: AttemptState): string => [final, ...after].join(', ');

export function weatherReport({ stories, stormySent, letters }: Weather, checks: readonly Check[]): string {
  const rows = stories.flatMap(({ attempt, clean, stormy }, index) => {
    const isFirst = stories[index - 1]?.attempt.vendor !== attempt.vendor;
    const sent = stormySent.filter((each) => each.attempt === attempt).map(marked);
    const isSame = wordOf(clean) === wordOf(stormy);
    return [
      ...(isFirst ? ['', styled('bold', attempt.vendor)] : []),
      `  ${attempt.transaction.padEnd(16)}${styled('dim', 'in order')}  ${[attempt.isUnknown ? '(no answer)' : '', ...attempt.tellings].filter(Boolean).join(' ')}`,
      `  ${''.padEnd(16)}${styled('dim', 'as sent ')}  ${sent.join(' ')}`,
      `  ${''.padEnd(16)}${styled('dim', 'final   ')}  ${styled('bold', wordOf(stormy))}  ${isSame ? styled('green', 'the same both ways') : styled('red', `in order it was: ${wordOf(clean)}`)}`,
    ];
  });
  const dead = letters.map(({ source, reason, field }) => `  ${source.padEnd(18)} ${reason} (${field ?? '-'})`);
  return [
    styled('bold', 'What was sent, and what Signalbox says of it'),
    styled(
      'dim',
      '  !forged: the amount was changed under way; !stale: signed ten minutes ago; ?foreign: not understood',
    ),
    ...rows,
    '',
    styled('bold', 'Dead letters: kept with their reason, to be sent again when the mapping is mended'),
    ...dead,
    '',
    styled('bold', 'Verdict'),
    ...checks.map(({ name, isMet, detail }) => {
      return `  ${isMet ? styled('green', 'yes') : styled('red', 'NO ')}  ${name}: ${detail}`;
    }),
    checks.every(({ isMet }) => isMet)
      ? styled('green', 'Whatever the order, one final state.')
      : styled('red', 'The order of arrival made a difference.'),
  ].join('\n');
}

function marked({ as, telling }: DemoDelivery): string {
  if (as === 'genuine') return telling;
  return as === 'foreign' ? styled('yellow', '?foreign') : styled('red', `!${as}`);
}
