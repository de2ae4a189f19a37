// A Slack incoming webhook in Block Kit: readable on a phone at night, and nothing in it can mention anyone or forge a link.
import { durationText, headline, isoText, moneyText, reaction } from './incident-text.ts';
import type { Action, AlertDelivery } from '../../domain/notifications/delivery.ts';
import type { Incident, Severity } from '../../domain/notifications/incident.ts';
import type { Message } from './message.ts';

/** Slack's Block Kit reference (read 2026-11-21): header 150 characters, section text 3,000, 10 fields of 2,000. */
const HEADER_MAX = 150;
const TEXT_MAX = 3_000;
const FIELDS_MAX = 10;

const MARKS: Readonly<Record<Severity, string>> = { critical: '🔴', error: '🟠', warning: '🟡', info: '🔵' };

interface SlackText {
  readonly type: 'mrkdwn' | 'plain_text';
  readonly text: string;
  /** Without it Slack would look for channel names, mentions and links in what we quote. */
  readonly verbatim?: true;
  readonly emoji?: true;
}

export function slackMessage({ action, incident }: AlertDelivery, consoleUrl: string | null): Message {
  const title = `${markOf(action, incident)} ${headline(incident, action)}`;
  const does = reaction(incident);
  const blocks = [
    {
      type: 'header',
      text: { type: 'plain_text', text: shortened(title, HEADER_MAX), emoji: true } satisfies SlackText,
    },
    { type: 'section', text: mrkdwn(escaped(incident.reason)) },
    { type: 'section', fields: fieldsOf(incident) },
    ...(does === null ? [] : [{ type: 'section', text: mrkdwn(`*What Signalbox does* ${escaped(does)}`) }]),
    ...(consoleUrl === null ? [] : [linkTo(consoleUrl)]),
    { type: 'context', elements: [mrkdwn(escaped([incident.id, ...evidenceLines(incident)].join(' · ')))] },
  ];
  // `text` is what the notification on the lock screen shows.
  return { headers: {}, body: JSON.stringify({ text: shortened(escaped(title), TEXT_MAX), blocks }) };
}

function fieldsOf(incident: Incident): readonly SlackText[] {
  const { openedAtMs, closedAtMs, fromStatus, toStatus, acknowledgedBy } = incident;
  const money = moneyText(incident);
  const fields = [
    ['Since', dateText(openedAtMs)],
    ...(closedAtMs === null ? [] : [['Lasted', durationText(closedAtMs - openedAtMs)]]),
    ...(toStatus === null ? [] : [['Status', `${fromStatus ?? '?'} → ${toStatus}`]]),
    ...(money === null ? [] : [['Money at risk', money]]),
    ...(acknowledgedBy === null ? [] : [['Acknowledged by', escaped(acknowledgedBy)]]),
  ];
  return fields.slice(0, FIELDS_MAX).map(([name, value]) => mrkdwn(`*${name}*\n${value}`));
}

function evidenceLines({ evidence }: Incident): string[] {
  return Object.entries(evidence).map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`);
}

function markOf(action: Action, { severity }: Incident): string {
  if (action === 'close') return '🟢';
  return action === 'acknowledge' ? '👀' : MARKS[severity];
}

function linkTo(url: string): unknown {
  const text: SlackText = { type: 'plain_text', text: 'Open Signalbox' };
  return { type: 'actions', elements: [{ type: 'button', text, url }] };
}

/** In the reader's own time zone. */
function dateText(ms: number): string {
  return `<!date^${Math.floor(ms / 1_000)}^{date_short_pretty} {time_secs}|${isoText(ms)}>`;
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text: shortened(text, TEXT_MAX), verbatim: true };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Never in the middle of an escape or of a character. */
function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '')}…`;
}
