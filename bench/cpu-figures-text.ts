// The file of measured processor times, as the bench writes it and a test holds it to.
import type { CpuFigures } from '../src/domain/scaling/cpu-figures.ts';

export const cpuFiguresText = ({ resultUs, commitUs, permitUs, decisionUs, measured }: CpuFigures): string =>
  `// Measured by \`node bench/object-cpu.ts --write\`, which writes this file: processor time of the pure work, without disk and network.

export interface CpuFigures {
  /** Microseconds: of each result, its part of a commit. */
  readonly resultUs: number;
  /** Of each commit beside its results. */
  readonly commitUs: number;
  /** Of each permit that is asked for. */
  readonly permitUs: number;
  /** Of a recommendation among five processors; isolates make them, not objects. */
  readonly decisionUs: number;
  readonly measured: {
    readonly on: string;
    readonly machine: string;
    readonly runtime: string;
    /** Of src/domain/health/processor-state.ts and all it imports. */
    readonly core: string;
  };
}

export const CPU_FIGURES: CpuFigures = {
  resultUs: ${resultUs},
  commitUs: ${commitUs},
  permitUs: ${permitUs},
  decisionUs: ${decisionUs},
  measured: {
    on: '${measured.on}',
    machine: '${measured.machine}',
    runtime: '${measured.runtime}',
    core: '${measured.core}',
  },
};
`;
