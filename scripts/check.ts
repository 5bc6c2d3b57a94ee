// `npm run check`: type checks and lint of both languages.
import { add, noTests } from './junit.ts';
import { setUpPython } from './python.ts';
import { runSuite } from './report.ts';
import { checks, pythonProjects } from './suites.ts';

await setUpPython(pythonProjects);
let total = noTests;
for (const suite of checks) total = add(total, await runSuite(suite));
process.exitCode = total.failed > 0 ? 1 : 0;
