import { processTree } from './processes.ts';

/** Measures the memory of this process and all that it has started. */
export interface MemoryMeter {
  /** The largest sum so far, in bytes. */
  peak(): number;
  stop(): void;
}

/** Looks once a second. The sum counts a page that processes share once for each of them. */
export function meterMemory(): MemoryMeter {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes(process.pid));
  };
  const timer = setInterval(look, 1_000).unref();
  look();
  return { peak: () => peak, stop: () => clearInterval(timer) };
}

/** Sum of the resident memory of a process and its descendants, in bytes. */
export function residentBytes(pid: number): number {
  return processTree(pid).reduce((sum, { bytes }) => sum + bytes, 0);
}
