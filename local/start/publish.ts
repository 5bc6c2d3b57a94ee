import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Decision } from './decisions.ts';
import { reportPage } from './page/page.ts';
import type { Report } from './report.ts';
import type { Run } from './runs.ts';
import type { ReportServer } from './server.ts';

/** Serves the report and writes it: `report.html` and `report.json` in the run's folder, and the JSON where asked for. */
export async function publish(
  report: Report,
  decisions: readonly Decision[],
  server: ReportServer,
  run: Run,
  elsewhere: string | undefined,
): Promise<void> {
  const page = reportPage(report, decisions);
  const document = `${JSON.stringify(report, null, 2)}\n`;
  server.publish(page, document);
  await writeWhole(path.join(run.folder, 'report.html'), page);
  await writeWhole(path.join(run.folder, 'report.json'), document);
  if (elsewhere !== undefined) await writeWhole(elsewhere, document);
}

/** The file appears whole: who waits for it never reads half of it. */
async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.${process.pid}`, content);
  await rename(`${file}.${process.pid}`, file);
}
