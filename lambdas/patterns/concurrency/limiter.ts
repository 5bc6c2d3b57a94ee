/**
 * Lets at most `most` of the tasks given to it run at a time; the others start in the order they came.
 */
export function limiter(most: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The place goes to the next in line; it is given up only if nobody waits.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
