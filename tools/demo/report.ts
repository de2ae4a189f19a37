// Draws the end of the demo for people: a table per phase, the breaker's story, the money, and the verdict.
import type { Sale } from './checkout.ts';
import { type Alert, breakerIn } from './observer.ts';
import { type Check, dollarsApproved, type Evidence, percent, seconds, shareOf, shiftIn } from './findings.ts';
import { MOCK_PROCESSORS } from './mock-processors.ts';
import { type Segment, SEGMENTS } from './payments.ts';
import type { PhaseRecord } from './phases.ts';
import { OUTAGE } from './simulated-processors.ts';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;

export function styled(style: keyof typeof STYLES, text: string): string {
  return isColoured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

export function reportOf(evidence: Evidence, checks: readonly Check[]): string {
  return [
    ...evidence.phases.map((phase) => phaseTable(phase, evidence)),
    story(evidence),
    money(evidence.phases),
    verdict(checks),
  ].join('\n');
}

const COLUMNS = [
  ...['segment', 'processor', 'status', 'effective', 'breaker'],
  ...['auth rate', 'share', 'errors', 'alerts', 'until shift'],
];
const WIDTHS = [9, 13, 10, 11, 11, 11, 7, 8, 8, 11];

function phaseTable(phase: PhaseRecord, { alerts }: Evidence): string {
  const payments = `${phase.sales.length} payments in ${seconds(phase.endedAtMs - phase.startedAtMs)}`;
  const opened = alerts.filter(({ opened_at }) => isWithin(phase, Date.parse(opened_at)));
  const rows = SEGMENTS.flatMap((segment) =>
    processorsOf(segment).map((processor, index) =>
      row([
        index === 0 ? segment.replace('|', '/') : '',
        processor,
        ...standing(phase, segment, processor),
        alertCell(opened, segment, processor),
        shiftCell(phase, segment, processor),
      ]),
    ),
  );
  return ['', `${styled('bold', phase.title)}  ${styled('dim', payments)}`, styled('dim', row(COLUMNS)), ...rows].join(
    '\n',
  );
}

function processorsOf(segment: Segment): string[] {
  const [method = '', country = ''] = segment.split('|');
  return MOCK_PROCESSORS.filter(
    ({ payment_methods, countries }) => payment_methods.includes(method) && countries.includes(country),
  ).map(({ id }) => id);
}

/** What the API says of it at the end of the phase, and what its payments say of the whole phase. */
function standing({ health, sales }: PhaseRecord, segment: Segment, processor: string): string[] {
  const told = health.find(({ processor_id }) => processor_id === processor);
  const own = told?.segments.find((each) => each.segment === segment);
  const sold = sales.filter((sale) => sale.processor === processor && sale.payment.segment === segment);
  const errors = sold.filter(({ result }) => result === 'error' || result === 'timeout').length;
  return [
    coloured(own?.status ?? '-'),
    coloured(own?.effective_status ?? '-'),
    coloured(breakerIn(told, segment)),
    authorizationRate(sold),
    percent(shareOf(sales, segment, processor)),
    String(errors),
  ];
}

function alertCell(opened: readonly Alert[], segment: Segment, processor: string): string {
  const count = opened.filter((alert) => alert.processor_id === processor && alert.segment === segment).length;
  return count === 0 ? '' : styled('red', String(count));
}

/** How many payments of the segment it took until the failing processor got no more ordinary ones. */
function shiftCell(phase: PhaseRecord, segment: Segment, processor: string): string {
  if (phase.name !== 'outage' || segment !== OUTAGE.segment || processor !== OUTAGE.processor) return '';
  return String(shiftIn(phase)?.payments ?? 'never');
}

const isWithin = ({ startedAtMs, endedAtMs }: PhaseRecord, moment: number): boolean =>
  moment >= startedAtMs && moment < endedAtMs;

/** Pads by what is seen, not by the characters that colour it. */
function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell + ' '.repeat(Math.max(1, (WIDTHS[index] ?? 0) - visibleLength(cell))))
    .join('')
    .trimEnd();
}

// oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
const visibleLength = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;

function coloured(word: string): string {
  if (/DOWN|OPEN$/.test(word) && !word.includes('HALF')) return styled('red', word);
  if (/DEGRADED|HALF_OPEN/.test(word)) return styled('yellow', word);
  return word;
}

function authorizationRate(sales: readonly Sale[]): string {
  const approved = sales.filter(({ result }) => result === 'approved').length;
  const declined = sales.filter(({ result }) => result === 'declined').length;
  return approved + declined === 0 ? '-' : (approved / (approved + declined)).toFixed(2);
}

function story({ phases, transitions, alerts }: Evidence): string {
  const outage = phases.find(({ name }) => name === 'outage');
  if (!outage) return '';
  const since = (moment: number): string => {
    const ms = moment - outage.startedAtMs;
    return `${ms < 0 ? '-' : '+'}${seconds(Math.abs(ms))}`.padStart(9);
  };
  const events: { at: number; text: string }[] = [
    ...phases.map(({ startedAtMs, title }) => ({ at: startedAtMs, text: styled('dim', title) })),
    ...transitions.map(({ at, scope, from, to, reason }) => ({
      at: Date.parse(at),
      text: `${OUTAGE.processor} ${scope} ${from} -> ${coloured(to)} (${reason})`,
    })),
    ...alerts.map(({ opened_at, processor_id, from_status, to_status, reason }) => ({
      at: Date.parse(opened_at),
      text: `alert: ${processor_id} ${from_status} -> ${to_status}: ${reason}`,
    })),
  ];
  const shift = shiftIn(outage);
  if (shift) {
    const text = `the last ordinary PIX payment meets ${OUTAGE.processor} (the ${shift.payments}. of the outage)`;
    events.push({ at: outage.startedAtMs + shift.afterMs, text });
  }
  const lines = events.sort((a, b) => a.at - b.at).map(({ at, text }) => `${since(at)}  ${text}`);
  return ['', styled('bold', 'What happened'), ...lines].join('\n');
}

function money(phases: readonly PhaseRecord[]): string {
  const lines = phases.map(({ name, sales }) => {
    const ours = dollarsApproved(sales, ({ result }) => result);
    const fixed = dollarsApproved(sales, ({ staticResult }) => staticResult);
    return { name, ours, fixed };
  });
  const saved = lines.reduce((sum, { ours, fixed }) => sum + ours - fixed, 0);
  const widths = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(14) : cell.padStart(12))).join('');
  return [
    '',
    styled('bold', 'Money: approved sales, the same payments and the same luck'),
    styled('dim', widths(['phase', 'Signalbox', 'static', 'saved'])),
    ...lines.map(({ name, ours, fixed }) => widths([name, dollars(ours), dollars(fixed), dollars(ours - fixed)])),
    `Saved against static routing: ${styled('bold', dollars(saved))} ${styled('dim', '(at fixed rates: BRL 0.18, MXN 0.054, COP 0.00025)')}`,
    styled(
      'dim',
      "Static routing is given each segment's best processor of a normal day, and keeps it: tomorrow's newspaper.",
    ),
    styled(
      'dim',
      'Signalbox begins knowing nothing: in a normal phase it pays for learning, in the recovery for not being told.',
    ),
  ].join('\n');
}

const dollars = (amount: number): string =>
  `${amount < 0 ? '-' : ''}$${Math.abs(amount).toLocaleString('en-US', { maximumFractionDigits: 0 })}`;

function verdict(checks: readonly Check[]): string {
  const lines = checks.map(({ name, isMet, detail }) => {
    const mark = isMet ? styled('green', 'yes') : styled('red', 'NO ');
    return `  ${mark}  ${name}: ${detail}`;
  });
  const failed = checks.filter(({ isMet }) => !isMet);
  const closing =
    failed.length === 0
      ? styled('green', 'The outage was survived.')
      : styled('red', `Not as it should be: ${failed.map(({ name }) => name).join('; ')}.`);
  return ['', styled('bold', 'Verdict'), ...lines, closing].join('\n');
}
