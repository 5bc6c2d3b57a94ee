// `npm test`: every suite of both languages, on two lanes, and one closing line over all of them.
import { add, noTests, type Tally } from './junit.ts';
import { setUpPython } from './python.ts';
import { runSuite } from './report.ts';
import { checks, pythonProjects, pythonTests, type Suite, strangers, typescriptTests } from './suites.ts';

/** One suite after the other; the lanes run side by side. */
async function lane(suites: readonly Suite[]): Promise<Tally> {
  let total = noTests;
  for (const suite of suites) total = add(total, await runSuite(suite));
  return total;
}

console.log('Setting up the Python environments from their lock files');
await setUpPython([...pythonProjects, strangers]);
const lanes = await Promise.all([lane(typescriptTests), lane([...checks, ...pythonTests])]);
const total = lanes.reduce(add, noTests);
process.exitCode = total.failed > 0 ? 1 : 0;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
