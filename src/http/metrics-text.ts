// What Prometheus is told: counters and states per processor; labels are bounded by the number of registered processors.
import type { ToldRow } from '../domain/configuration/overridden-row.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { HeldTable } from '../ports/table-source.ts';
import { foundIn, openSegments, rowOf } from './system-health.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const RESULTS = ['approved', 'declined', 'error', 'timeout'] as const;
const STATES = [
  'CLOSED',
  'OPEN',
  'HALF_OPEN',
  'FORCED_OPEN',
  'DISABLED',
  'METRICS_ONLY',
] as const satisfies readonly ToldRow['breaker']['state'][];
const STATUSES = ['HEALTHY', 'DEGRADED', 'DOWN'] as const;
const PERCENTILES = [
  ['p50', 'p50Ms'],
  ['p95', 'p95Ms'],
  ['p99', 'p99Ms'],
] as const;

export function metricsText(held: HeldTable, version: string, now: number): string {
  const { data } = held.table;
  const { processors } = data.configuration;
  const rows = processors.flatMap((processor) => rowOf(data, processor) ?? []);
  // Of one that has never reported there is nothing to tell but what an operator made of it.
  const told = processors
    .map((processor) => foundIn(held, processor, null, now).told)
    .filter(({ publishedAtMs, override }) => publishedAtMs !== null || override !== null);
  const reported = told.filter(({ publishedAtMs }) => publishedAtMs !== null);
  const families = [
    ...serviceFamilies(held, version),
    ...counterFamilies(rows),
    shardFamily(rows),
    ...standingFamilies(told),
    ...stateFamilies(reported),
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('');
}

function serviceFamilies(held: HeldTable, version: string): readonly Family[] {
  const { configuration } = held.table.data;
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
    name,
    type: 'gauge',
    help,
    samples,
  });
  return [
    gauge('signalbox_build_info', 'Always 1; the version that answers.', [[{ version }, 1]]),
    gauge('signalbox_table_age_seconds', 'Age of the routing table in the isolate that answers.', [
      [{}, held.ageMs / 1_000],
    ]),
    gauge('signalbox_configuration_version', 'Version of the configuration in that table.', [
      [{}, configuration.version],
    ]),
    gauge('signalbox_processors_registered', 'Processors in the configuration.', [
      [{}, configuration.processors.length],
    ]),
    gauge('signalbox_overrides_stored', 'Overrides in the configuration.', [[{}, configuration.overrides.length]]),
  ];
}

function counterFamilies(rows: readonly StatusRow[]): readonly Family[] {
  const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
    name,
    type: 'counter',
    help,
    samples,
  });
  const perProcessor = (field: 'duplicate' | 'refused' | 'trips'): readonly Sample[] =>
    rows.map(({ processorId, counters }) => [{ processor: processorId }, counters[field]]);
  return [
    counter(
      'signalbox_attempts_total',
      'Recorded attempts by result.',
      rows.flatMap(({ processorId, counters }) =>
        RESULTS.map((result): Sample => [{ processor: processorId, result }, counters[result]]),
      ),
    ),
    counter('signalbox_duplicates_total', 'Results that had been recorded before.', perProcessor('duplicate')),
    counter('signalbox_refused_total', 'Results refused for a conflicting body.', perProcessor('refused')),
    counter('signalbox_breaker_trips_total', 'Times a breaker of the processor opened.', perProcessor('trips')),
  ];
}

const shardFamily = (rows: readonly StatusRow[]): Family => ({
  name: 'signalbox_processor_shards',
  type: 'gauge',
  help: "Objects that record the processor's results beside its own; 0: it is not divided.",
  samples: rows.map(({ processorId, shards }) => [{ processor: processorId }, shards ?? 0]),
});

type Read = (row: ToldRow) => readonly Sample[];
const gaugesOf =
  (rows: readonly ToldRow[]) =>
  (name: string, help: string, read: Read): Family => ({ name, type: 'gauge', help, samples: rows.flatMap(read) });

/** What holds of a processor, overrides included. */
function standingFamilies(rows: readonly ToldRow[]): readonly Family[] {
  const gauge = gaugesOf(rows);
  return [
    gauge(
      'signalbox_breaker_state',
      'State of the processor-wide breaker, or what an override makes of it: 1 for the state it is in.',
      ({ processorId, breaker }) =>
        STATES.map((state): Sample => [{ processor: processorId, state }, Number(breaker.state === state)]),
    ),
    gauge('signalbox_segment_breakers_open', 'Open and forced open breakers among the segments.', (row) => [
      [{ processor: row.processorId }, openSegments(row)],
    ]),
    gauge(
      'signalbox_effective_status',
      'Status corrected by breaker, detectors and overrides: 1 for the one it has.',
      (row) =>
        STATUSES.map(
          (status): Sample => [{ processor: row.processorId, status }, Number(row.effectiveStatus === status)],
        ),
    ),
  ];
}

function stateFamilies(rows: readonly ToldRow[]): readonly Family[] {
  const gauge = gaugesOf(rows);
  const one = (labels: Labels, value: number | null): readonly Sample[] => (value === null ? [] : [[labels, value]]);
  return [
    gauge(
      'signalbox_authorization_ratio',
      'Approved of approved and declined in the window, 0-1.',
      ({ processorId, window }) => one({ processor: processorId }, window.authorizationRate),
    ),
    gauge('signalbox_error_ratio', 'Errors and timeouts of all in the window, 0-1.', ({ processorId, window }) =>
      one({ processor: processorId }, window.errorRate),
    ),
    gauge('signalbox_window_attempts', 'Attempts in the window.', ({ processorId, window }) =>
      one({ processor: processorId }, window.total),
    ),
    gauge('signalbox_health_score_ratio', 'Health score of the processor, 0-1.', ({ processorId, healthScore }) =>
      one({ processor: processorId }, healthScore),
    ),
    gauge(
      'signalbox_processor_latency_seconds',
      'Latency of the processor by percentile.',
      ({ processorId, latency }) =>
        latency === null
          ? []
          : PERCENTILES.map(
              ([percentile, field]): Sample => [{ processor: processorId, percentile }, latency[field] / 1_000],
            ),
    ),
    gauge(
      'signalbox_last_result_timestamp_seconds',
      'When the newest result was recorded.',
      ({ processorId, lastResultAtMs }) =>
        one({ processor: processorId }, lastResultAtMs === null ? null : lastResultAtMs / 1_000),
    ),
  ];
}

export function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.map(([labels, value]) => `${name}${labelsText(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
