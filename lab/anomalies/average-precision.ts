// Point average precision of anomaly scores against labels, as detectors of time series are measured by.

/** Nothing is asked of a detector before it has seen this part of a series. */
const UNSCORED_PART = 0.15;

/**
 * The area under the step curve of precision over recall, rows of one score counted together (as scikit-learn's average_precision_score).
 * Only rows after the first 15% count. `null`: there is no anomaly among them.
 */
export function averagePrecision(scores: readonly number[], labels: readonly boolean[]): number | null {
  const rows = scores
    .map((score, row) => ({ score, label: labels[row]! }))
    .slice(Math.floor(scores.length * UNSCORED_PART))
    .sort((left, right) => right.score - left.score);
  const anomalies = rows.filter(({ label }) => label).length;
  if (anomalies === 0) return null;
  let area = 0;
  let found = 0;
  let foundBefore = 0;
  for (const [row, { score, label }] of rows.entries()) {
    if (label) found++;
    if (rows[row + 1]?.score === score) continue;
    area += ((found - foundBefore) / anomalies) * (found / (row + 1));
    foundBefore = found;
  }
  return area;
}
