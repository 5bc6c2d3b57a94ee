// `npm run audit`: verifies the audit log of the deployed trail, and tells what it has.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatVerifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { formatReceipt } from '../../lambdas/patterns/audit/tlog/receipt.ts';
import { prove } from '../../lambdas/patterns/audit/verify/proven.ts';
import { verifyLog } from '../../lambdas/patterns/audit/verify/verify.ts';
import { bundleVerifier } from './bundle.ts';
import { storyOf, textOf } from './story.ts';
import { tellVerdict } from './tell.ts';
import { deployedTrail } from './trail.ts';

const usage = `Usage: npm run audit -- COMMAND

Reads the audit trail of the stack SeaworthyFoundation, in the account and region of the environment's credentials.

  verify [--checkpoint FILE]...  every signature, entry, tile and checkpoint; says what exactly is wrong
  show APPLICATION               the story of a decision, from the model to the person, each entry proven
  receipt NAME                   the receipt of an entry, such as decision/A-1: proves it without the log
  key                            the log's public key; keep it apart from the log
  bundle                         makes dist/verify.mjs, a verifier that needs Node and a copy of the bucket`;

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 0 if all is well, 1 if something is wrong, 2 if the command line is */
async function main(args: readonly string[]): Promise<number> {
  const options = { checkpoint: { type: 'string', multiple: true } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [command, what] = positionals;
  switch (command) {
    case 'verify': {
      const { source, verifier } = await deployedTrail();
      const read = async (where: string) => ({ where, note: await readFile(where, 'utf8') });
      return tellVerdict(await verifyLog(source, verifier, await Promise.all((values.checkpoint ?? []).map(read))));
    }
    case 'show':
      return what === undefined ? tellUsage() : show(what);
    case 'receipt':
      return what === undefined ? tellUsage() : tellReceipt(what);
    case 'key':
      console.log(formatVerifier((await deployedTrail()).verifier));
      return 0;
    case 'bundle':
      console.log(await bundleVerifier());
      return 0;
    default:
      return tellUsage();
  }
}

function tellUsage(): number {
  console.log(usage);
  return 2;
}

async function show(applicationId: string): Promise<number> {
  const story = await storyOf(await deployedTrail(), applicationId);
  console.log(story.length === 0 ? `The log has nothing of ${applicationId} (yet).` : textOf(story));
  return story.length === 0 ? 1 : 0;
}

async function tellReceipt(name: string): Promise<number> {
  const [found] = await prove(await deployedTrail(), [name]);
  if (!found) {
    console.error(`The log has no ${name} (yet).`);
    return 1;
  }
  process.stdout.write(formatReceipt(found.receipt));
  return 0;
}
