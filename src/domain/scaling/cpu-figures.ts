// Measured by `node bench/object-cpu.ts --write`, which writes this file: processor time of the pure work, without disk and network.

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
  resultUs: 6.9,
  commitUs: 66.5,
  permitUs: 30.7,
  decisionUs: 2,
  measured: {
    on: '2026-11-21',
    machine: 'Intel(R) Xeon(R) Processor, 2 cores',
    runtime: 'Node 24.21.0',
    core: '29cf1bc9fd17',
  },
};
