// `npm run model -- ACTION`: the versions of the deployed model and their stages, with the caller's own credentials.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../scripts/root.ts';
import { outputsOf } from '../audit/trail.ts';

const usage = `Usage: npm run model -- ACTION [--version V] [--reason TEXT]

  list                  versions, stages, who trained and who approved, and the champion
  approve --version V   approve a version: the training that waits for it goes on
  refuse --version V    end that training; the champion stays
  hold --version V      let it wait longer
  challenge --version V score by a candidate beside the champion
  retire --version V    take a candidate or challenger out of use
  rollback              make the champion before this one the champion again; with --version V
                        only if that is V, so that it may be repeated

challenge, retire and rollback are in the audit trail, with the reason; so is the promotion that
follows an approval.

AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL say where, and who you are.`;

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 2 if what is asked for is not allowed */
async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    console.log(usage);
    return args.length === 0 ? 2 : 0;
  }
  const python = path.join(root, 'services/trainer/.venv/bin/python');
  const { StagesTableName, RegistryUri } = await outputsOf('SeaworthyServing', ['StagesTableName', 'RegistryUri']);
  const { AuditQueueUrl } = await outputsOf('SeaworthyFoundation', ['AuditQueueUrl']);
  const places = ['--stages', StagesTableName, '--registry', RegistryUri, '--audit-queue', AuditQueueUrl];
  const { status, error } = spawnSync(python, ['-m', 'trainer', 'model', ...args, ...places], { stdio: 'inherit' });
  if (error) throw new Error(`${python} can't be started: run npm start once, which sets it up`, { cause: error });
  return status ?? 1;
}
