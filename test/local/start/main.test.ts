import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findPython } from '../../../scripts/python.ts';
import { processesOf, startMain, temporaryFolder } from './starting.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A folder for PATH that holds just these programs. */
async function pathWith(programs: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const folder = temporaryFolder(onTestFinished);
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, path.join(folder, name));
  return { ...process.env, PATH: folder };
}

/** A program that prints a line to stderr, as `java -version` does. */
function printer(line: string): string {
  const file = path.join(temporaryFolder(onTestFinished), 'program');
  writeFileSync(file, `#!/bin/sh\necho '${line}' >&2\n`, { mode: 0o755 });
  return file;
}

const java17 = () => printer('openjdk version "17.0.15" 2025-04-15');

test.each([
  [['--colour'], 'Unknown option --colour'],
  [['fast'], 'Unknown argument fast'],
  [['--port', 'http'], '--port is http: give a whole number from 1 to 65535.'],
  [['--applications', '0'], '--applications is 0: give a whole number from 1 to 10000000, or all.'],
  [['--data'], '--data needs a value.'],
  [['--exit=yes'], '--exit takes no value, and was given yes.'],
  [['--report', '/no/such/folder/r.json'], 'there is no folder /no/such/folder, make it first.'],
])('%j is refused', async (args, sentence) => {
  const { output, code } = await startMain(args).ended;
  expect(output).toContain(sentence);
  expect(code).toBe(1);
});

test('--help tells the options', async () => {
  const { output, code } = await startMain(['--help']).ended;
  expect(output).toContain('--applications N|all');
  expect(code).toBe(0);
});

test('without Java it says that the Spark jobs need it', async () => {
  const env = await pathWith({ python3: (await findPython()).executable });
  const { output, code } = await startMain([], env).ended;
  expect(output).toContain('Java 17 or newer is needed and `java` was not found on PATH. The Spark jobs need it');
  expect(code).toBe(1);
});

test('an old Java is named', async () => {
  const java = printer('openjdk version "11.0.2" 2019-01-15');
  const env = await pathWith({ python3: (await findPython()).executable, java });
  expect((await startMain([], env).ended).output).toContain('Java 17 or newer is needed and `java` is 11.0.2.');
});

test('without Python, and without Java, it says both at once', async () => {
  const { output, code } = await startMain([], await pathWith({})).ended;
  expect(output).toContain('Python 3.11 or newer with venv is needed and none was found on PATH: install it');
  expect(output).toContain('Java 17 or newer is needed');
  expect(code).toBe(1);
});

test('a Python without venv is named', async () => {
  const env = await pathWith({ python3: '/bin/false', java: java17() });
  expect((await startMain([], env).ended).output).toContain("python3 can't make environments");
});

test('a port that is taken is named', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  const { output, code } = await startMain(['--port', String(port)]).ended;
  expect(output).toContain(`Port ${port} is taken by another process: give another one by --port`);
  expect(code).toBe(1);
});

test('a file with other columns is refused with the names of those that are missing', async () => {
  const folder = temporaryFolder(onTestFinished);
  const csv = path.join(folder, 'loans.csv');
  writeFileSync(
    csv,
    '\uFEFF"LoanNr_ChkDgt",Name,City,State,Zip,Bank,BankState,NAICS,ApprovalDate,ApprovalFY,Term,NoEmp,NewExist,CreateJob,RetainedJob,FranchiseCode,UrbanRural,RevLineCr,LowDoc,ChgOffDate,DisbursementDate,DisbursementGross,BalanceGross,ChgOffPrinGr,SBA_Appv\n',
  );
  const { output, code } = await startMain(['--data', csv, '--state', folder]).ended;
  expect(output).toContain(`${csv} has no column MIS_Status, GrAppv: its first line must name the columns`);
  expect(code).toBe(1);
});

test('a file that is not there is named', async () => {
  const folder = temporaryFolder(onTestFinished);
  const { output, code } = await startMain(['--data', '/no/loans.csv', '--state', folder]).ended;
  expect(output).toContain("--data /no/loans.csv can't be read: ENOENT");
  expect(code).toBe(1);
});

test('a refused download says so, names what to check and the log, and leaves nothing running', async () => {
  const folder = temporaryFolder(onTestFinished);
  const cache = path.join(folder, 'cache');
  mkdirSync(cache);
  const env = {
    ...process.env,
    UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
    UV_CACHE_DIR: cache,
    UV_HTTP_RETRIES: '0',
  };
  const { output, code } = await startMain(['--state', folder], env).ended;
  expect(output).toContain("Can't fetch the loan history: the download failed");
  expect(output).toContain('Check the network, the proxy (HTTPS_PROXY) and the certificates (SSL_CERT_FILE)');
  expect(output).toMatch(/The log is .*\/logs\/data\.log\./);
  expect(code).toBe(1);
  expect(processesOf(folder)).toEqual([]);
});
