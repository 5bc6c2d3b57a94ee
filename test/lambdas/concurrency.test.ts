import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EarlierFailed, inOrder } from '../../lambdas/patterns/concurrency/in-order.ts';
import { limiter } from '../../lambdas/patterns/concurrency/limiter.ts';

test('never more than the limit run at a time, all run, and a failure frees its place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (scheduler, most, fails) => {
        const inTurn = limiter(most);
        let running = 0;
        let highest = 0;
        const task = (fail: boolean) => async () => {
          highest = Math.max(highest, ++running);
          await scheduler.schedule(Promise.resolve());
          running--;
          if (fail) throw new Error('failed');
        };
        const results = Promise.allSettled(fails.map((fail) => inTurn(task(fail))));
        await scheduler.waitFor(results);
        expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
        expect(highest).toBe(Math.min(most, fails.length));
      },
    ),
  );
});

test('tasks of a key run in their order, and none after one that failed', async () => {
  const anyTask = fc.record({ key: fc.constantFrom('a', 'b', 'c'), fail: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(anyTask, { maxLength: 12 }), async (scheduler, tasks) => {
      const run = inOrder();
      const ran: number[] = [];
      const task = (index: number, fail: boolean) => async () => {
        ran.push(index);
        await scheduler.schedule(Promise.resolve());
        if (fail) throw new Error('failed');
      };
      const results = Promise.allSettled(tasks.map(({ key, fail }, index) => run(key, task(index, fail))));
      await scheduler.waitFor(results);
      for (const key of ['a', 'b', 'c']) {
        const mine = tasks.flatMap((each, index) => (each.key === key ? [index] : []));
        const failed = mine.find((index) => tasks[index]?.fail) ?? Number.POSITIVE_INFINITY;
        expect(ran.filter((index) => tasks[index]?.key === key)).toEqual(mine.filter((index) => index <= failed));
        for (const index of mine.filter((each) => each > failed)) {
          expect((await results)[index]).toMatchObject({ reason: new EarlierFailed() });
        }
      }
    }),
  );
});
