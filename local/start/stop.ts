// `npm run stop`: ends every run of this checkout that is still up.
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultState } from './folders.ts';
import { listRuns } from './runs.ts';

const patienceMs = 30_000;
const state = process.argv[2] ?? defaultState;

const running = listRuns(state).filter(({ alive }) => alive);
if (running.length === 0) console.log('Nothing is running.');
for (const { pid } of running) process.kill(pid, 'SIGTERM');
const deadline = Date.now() + patienceMs;
for (const { pid, folder } of running) {
  const isAlive = () => listRuns(state).some((run) => run.folder === folder && run.alive);
  while (isAlive() && Date.now() < deadline) await sleep(100);
  if (isAlive()) {
    console.error(`Process ${pid} has not ended after ${patienceMs / 1000} s: end it with kill -9 ${pid}.`);
    process.exitCode = 1;
  } else console.log(`Stopped process ${pid}.`);
}
