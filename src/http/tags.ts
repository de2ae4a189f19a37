// The chapters of the reference, in the order in which a newcomer needs them.

export const TAGS = [
  { name: 'Routing', description: 'Ask which processor to use now, and why.' },
  { name: 'Results', description: 'Tell Signalbox how payments ended: this is all it learns from.' },
  {
    name: 'Retries',
    description: 'What to do after an attempt has ended, without breaking a rule of the card networks.',
  },
  {
    name: 'Webhooks',
    description: 'Results as payment processors send them: signed, late, twice and out of order.',
  },
  { name: 'Streams', description: 'Results that Signalbox reads itself, from a Redis; set up as sources.' },
  { name: 'Health', description: 'How each processor is doing, live.' },
  { name: 'Alerts', description: 'What changed and what it costs; the same as it happens on the live socket.' },
  {
    name: 'Notifications',
    description: 'Alerts as they reach people: which channel hears of which, and what came of each message.',
  },
  { name: 'Processors', description: 'Register processors, open and close their breakers.' },
  { name: 'Rules and experiments', description: 'Steer the choice among those that are eligible and admitted.' },
  { name: 'Overrides', description: "An operator's hand on the points, with a time to live." },
  { name: 'Learning', description: 'What the posteriors begin with, before any result of their own.' },
  { name: 'Configuration', description: 'Everything as one versioned document, and who changed what.' },
  {
    name: 'Anomalies',
    description:
      'What is not as it usually is, which processor, method, country and BIN explain it, and what it costs.',
  },
  { name: 'Analytics', description: 'What became of attempts, and what routing has brought, from history.' },
  { name: 'Autonomous', description: 'The night shift at a glance: how each room stands, and what it has done.' },
  { name: 'Healing', description: 'What Signalbox mends by itself, why, and what came of it.' },
  {
    name: 'Predictions',
    description: 'What is to be expected: forecasts, troubles that are about to come, and maintenance in quiet hours.',
  },
  {
    name: 'Tuning',
    description: 'Timeouts, attempts, rates and table age of each processor: tried on a share, kept or reverted.',
  },
  { name: 'Jobs', description: 'What runs by the clock: how it went, and to run it now.' },
  {
    name: 'Scaling',
    description: "Load and head-room of the objects, and how many instances the merchant's own gateways need.",
  },
  { name: 'Keys', description: 'API keys and their scopes.' },
  { name: 'Service', description: 'The service itself.' },
] as const satisfies readonly { readonly name: string; readonly description: string }[];

export type Tag = (typeof TAGS)[number]['name'];
