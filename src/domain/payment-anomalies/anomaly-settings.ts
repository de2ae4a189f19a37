// How watchful the house is: the seed's three settings of anomaly detection.
import { DEFAULT_SENSITIVITY } from './detection-limits.ts';

export interface AnomalySettings {
  /** False: nothing is read or found; what is known of scopes stays. */
  readonly enabled: boolean;
  /** 0 to 1, as in `DetectionSettings`. */
  readonly sensitivity: number;
  /** False: card testing and velocity are not looked for. */
  readonly enableFraudDetection: boolean;
}

export const ANOMALY_SETTINGS_DEFAULT: AnomalySettings = {
  enabled: true,
  sensitivity: DEFAULT_SENSITIVITY,
  enableFraudDetection: true,
};
