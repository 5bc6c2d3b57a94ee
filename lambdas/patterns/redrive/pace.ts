/** Time, injected so that tests decide it. Milliseconds. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Holds work to a rate: each call waits until the records before it have used up their time.
 *
 * @returns a function to be called before each piece of work, with its number of records
 */
export function pace(perSecond: number, clock: Clock = realClock): (records: number) => Promise<void> {
  let free = clock.now();
  return async (records) => {
    const begin = Math.max(free, clock.now());
    free = begin + (records / perSecond) * 1000;
    const wait = begin - clock.now();
    if (wait > 0) await clock.sleep(wait);
  };
}
