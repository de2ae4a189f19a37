// What people say of an anomaly: a false alarm closes it with all its findings, and counts against those of the kind that it was told as; what is confirmed counts against nothing.
import { REMEMBERED_MINUTES, silence, takeFeedback, type IncidentBook, type PaymentIncident } from './incident-book.ts';
import { withSymptoms, type Anomaly } from './anomaly.ts';

export interface GivenFeedback {
  readonly anomalyId: string;
  readonly givenAtMs: number;
  readonly verdict: NonNullable<Anomaly['feedback']>;
  readonly keyId: string;
  readonly note: string | null;
}

export interface Judged {
  readonly book: IncidentBook;
  readonly anomaly: Anomaly;
}

/** Saying the same twice changes nothing. */
export function judgeAnomaly(
  book: IncidentBook,
  anomaly: Anomaly,
  verdict: NonNullable<Anomaly['feedback']>,
  { minute, currencyOf }: { readonly minute: number; readonly currencyOf: (scope: string) => string },
): Judged {
  if (anomaly.feedback === verdict) return { book, anomaly };
  let after = book;
  const judged: PaymentIncident[] = [];
  for (const symptom of anomaly.symptoms) {
    // Nobody was told that it is one of these: whoever says that it is none does not speak of them.
    if (symptom.kind !== anomaly.kind && symptom.feedback === null) {
      if (verdict === 'confirmed') continue;
      const silenced = silence(after, symptom.id, minute);
      after = silenced.book;
      judged.push(...silenced.changed);
      continue;
    }
    const step = takeFeedback(after, symptom.id, verdict, minute);
    // The book keeps the last 500 findings that are over: of an older one what was said counts all the same.
    after = step.isKnown ? step.book : withLateWord(after, symptom, verdict, minute);
    judged.push(...(step.isKnown ? step.changed : [{ ...symptom, feedback: verdict }]));
  }
  const told = judged.length === 0 ? anomaly : withSymptoms(anomaly, judged, currencyOf);
  return { book: after, anomaly: { ...told, feedback: verdict, revision: anomaly.revision + 1 } };
}

function withLateWord(
  book: IncidentBook,
  { scope, kind, feedback }: PaymentIncident,
  verdict: NonNullable<Anomaly['feedback']>,
  minute: number,
): IncidentBook {
  if (verdict === 'false_alarm')
    return { ...book, falseAlarms: [...book.falseAlarms, { scope, kind, untilMinute: minute + REMEMBERED_MINUTES }] };
  if (feedback !== 'false_alarm') return book;
  const place = book.falseAlarms.findLastIndex((each) => each.scope === scope && each.kind === kind);
  return { ...book, falseAlarms: book.falseAlarms.filter((_, at) => at !== place) };
}
