// `node lab/payment-anomalies/measure.ts [days] [runs]`: false alarms a day in quiet traffic, and how fast faults are seen, to the tables of docs/localisation.md.
import { ANOMALY_KINDS, type AnomalyKind } from '../../src/domain/payment-anomalies/detection-limits.ts';
import { columns } from '../report/table.ts';
import { createScopeWatch, watchMinute } from '../../src/domain/payment-anomalies/scope-watch.ts';
import { minutesOf, type Fault, type Traffic } from './traffic.ts';

/** A finding that comes back within an hour is the same alarm. */
const SAME_WITHIN_MINUTES = 60;
const FAULT_FROM = 3 * 1_440 + 600;
const FAULT_MINUTES = 60;
const DELAY_RUNS = 5;

const FAULTS: readonly (readonly [name: string, kinds: readonly AnomalyKind[], fault: Omit<Fault, 'from' | 'to'>])[] = [
  ['outage: all fail', ['success_drop'], { failing: 1 }],
  ['brown-out: 30% fail', ['success_drop'], { failing: 0.3 }],
  ['issuers decline 30% more', ['success_drop'], { declined: 0.3 }],
  ['volume times 4', ['volume_spike'], { volumeTimes: 4 }],
  ['no volume', ['volume_drop'], { volumeTimes: 0 }],
  ['latency times 2.5', ['latency_shift'], { latencyTimes: 2.5 }],
  ['errors of one kind: 20%', ['error_mix', 'success_drop'], { failing: 0.2 }],
  ['declines of one code: 30%', ['decline_mix'], { declined: 0.3 }],
  ['amounts times 4', ['amount_shift'], { amountTimes: 4 }],
  ['card testing: as many again', ['card_testing'], { cardTests: 1 }],
  ['the same', ['velocity'], { cardTests: 1 }],
];

interface Watched {
  /** Minutes from the beginning at which each kind began to be found. */
  readonly begun: Map<AnomalyKind, number[]>;
  readonly minutes: number;
  readonly microseconds: number;
  readonly stateBytes: number;
}

function watchTraffic(traffic: Traffic, sensitivity: number): Watched {
  const watch = createScopeWatch();
  const begun = new Map<AnomalyKind, number[]>(ANOMALY_KINDS.map((kind) => [kind, []]));
  const last = new Map<AnomalyKind, number>();
  let [minutes, tookMs] = [0, 0];
  for (const minute of minutesOf(traffic)) {
    const startedMs = performance.now();
    const findings = watchMinute(watch, minute, { sensitivity, falseAlarms: {} });
    tookMs += performance.now() - startedMs;
    for (const { kind } of findings) {
      if (minutes - (last.get(kind) ?? -Infinity) > SAME_WITHIN_MINUTES) begun.get(kind)!.push(minutes);
      last.set(kind, minutes);
    }
    minutes++;
  }
  return { begun, minutes, microseconds: (1_000 * tookMs) / minutes, stateBytes: JSON.stringify(watch).length };
}

const [days, runs] = [Number(process.argv[2] ?? 28), Number(process.argv[3] ?? 2)];
const volumes = [0.05, 1, 20, 200];
const quiet: string[][] = [
  ['attempts a minute', 'sensitivity', ...ANOMALY_KINDS, 'all, a day', 'us a minute', 'state kB'],
];
for (const perMinute of volumes)
  for (const sensitivity of perMinute === 20 ? [0, 0.5, 1] : [0.5]) {
    const seen = Array.from({ length: runs }, (_, run) =>
      watchTraffic({ name: `quiet ${perMinute} ${run}`, perMinute, days, faults: [] }, sensitivity),
    );
    const counts = ANOMALY_KINDS.map((kind) => seen.reduce((sum, { begun }) => sum + begun.get(kind)!.length, 0));
    const all = counts.reduce((sum, count) => sum + count, 0) / (days * runs);
    const us = seen.reduce((sum, { microseconds }) => sum + microseconds, 0) / runs;
    const state = Math.max(...seen.map(({ stateBytes }) => stateBytes)) / 1_000;
    quiet.push([
      `${perMinute}`,
      `${sensitivity}`,
      ...counts.map(String),
      all.toFixed(3),
      us.toFixed(1),
      state.toFixed(0),
    ]);
  }
process.stdout.write(`Alarms in ${runs} x ${days} quiet days\n${columns(quiet)}\n\n`);

const faults: string[][] = [['fault, found as', ...volumes.map((each) => `${each} a minute`)]];
for (const [name, kinds, fault] of FAULTS)
  for (const kind of kinds)
    faults.push([
      `${name}: ${kind}`,
      ...volumes.map((perMinute) => {
        const delays = Array.from({ length: DELAY_RUNS }, (_, run) => {
          const scaled = fault.cardTests === undefined ? fault : { ...fault, cardTests: fault.cardTests * perMinute };
          const put = { ...scaled, from: FAULT_FROM, to: FAULT_FROM + FAULT_MINUTES };
          const traffic = { name: `${name} ${perMinute} ${run}`, perMinute, days: 3.5, faults: [put] };
          const at = watchTraffic(traffic, 0.5)
            .begun.get(kind)!
            .find((minute) => minute >= FAULT_FROM);
          return at === undefined || at >= FAULT_FROM + FAULT_MINUTES ? Infinity : at - FAULT_FROM + 1;
        }).toSorted((left, right) => left - right);
        const found = delays.filter(Number.isFinite).length;
        const median = delays[delays.length >> 1]!;
        return `${found}/${delays.length}${Number.isFinite(median) ? `, ${median} min` : ''}`;
      }),
    ]);
process.stdout.write(`Found within an hour, and the median minutes to it\n${columns(faults)}\n`);
