/** Seconds since this process was started. */
export function elapsed(): number {
  return performance.now() / 1000;
}

/** One line of progress: the time since the start, the step, what happened. */
export function say(step: string, message: string): void {
  console.log(`${elapsed().toFixed(1).padStart(7)} s  ${step.padEnd(8)} ${message}`);
}

/** A function that calls another one at most once in so many milliseconds. */
export function atMostEvery(ms: number, act: () => void): () => void {
  let last = performance.now();
  return () => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    act();
  };
}

/** A result, and how many seconds it took. */
export interface Timed<Result> {
  readonly result: Result;
  readonly seconds: number;
}

export async function timed<Result>(work: Promise<Result>): Promise<Timed<Result>> {
  const begun = elapsed();
  const result = await work;
  return { result, seconds: elapsed() - begun };
}
