/** A task was not run because an earlier one of its key failed: run out of order, it could win over that one. */
export class EarlierFailed extends Error {
  constructor() {
    super('an earlier record of the same key failed');
    this.name = 'EarlierFailed';
  }
}

/**
 * Runs tasks of the same key one after the other, in the order given, and tasks of different keys side by side.
 * When a task fails, those after it of its key fail too, without being run.
 */
export function inOrder(): (key: string, task: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (key, task) => {
    const earlier = last.get(key);
    const mine = earlier ? after(earlier).then(task) : task();
    last.set(key, mine);
    return mine;
  };
}

async function after(earlier: Promise<void>): Promise<void> {
  try {
    await earlier;
  } catch (error) {
    throw error instanceof EarlierFailed ? error : new EarlierFailed();
  }
}
