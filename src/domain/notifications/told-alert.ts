// What people are told of: the alerts of the alert book, and anomalies of payments, which have a book of their own.
import type { Alert } from '../health/alert-book.ts';

export interface ToldAlert extends Omit<Alert, 'kind'> {
  readonly kind: Alert['kind'] | 'anomaly';
}
