// The verifier that is one file: `npm run audit -- bundle` makes dist/verify.mjs of it, which needs Node and nothing else.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openCheckpoint } from '../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { parseVerifier, type Verifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { checkReceipt, parseReceipt } from '../../lambdas/patterns/audit/tlog/receipt.ts';
import { checkpointPath } from '../../lambdas/patterns/audit/tlog/tiles.ts';
import { readEntry } from '../../lambdas/patterns/audit/verify/entries.ts';
import { proveInclusion } from '../../lambdas/patterns/audit/verify/prove.ts';
import { verifyLog } from '../../lambdas/patterns/audit/verify/verify.ts';
import { folderSource } from './folder-source.ts';
import { tellConsistency, tellVerdict } from './tell.ts';

const usage = `Usage: node verify.mjs COMMAND --key KEY

Verifies an audit log from a copy of its bucket (aws s3 sync) and its public key, with nothing else.

  log FOLDER [--checkpoint FILE]...    every signature, entry, tile and checkpoint; says what exactly is wrong.
                                       Checkpoints that you kept show a log that was cut or exchanged as a whole.
  consistency FOLDER --from FILE [--to FILE]
                                       that the log (or the checkpoint --to) grew out of the checkpoint --from
  entry FOLDER INDEX                   that the entry at an index is in the log
  receipt FILE                         that a receipt's entry is in the log, without the log

  --key KEY   the log's public key: <name>+<id>+<base64>, or a file that has it. Get it from somebody you trust.

Exit code: 0 if all is well, 1 if something is wrong, 2 if the command line is.`;

/** A command line that can't be followed. */
class UsageError extends Error {}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.log(error instanceof UsageError ? `${error.message}\n\n${usage}` : `WRONG  ${(error as Error).message}`);
  return error instanceof UsageError ? 2 : 1;
});

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const [command, place, index] = positionals;
  if (values.help || !command || !place) throw new UsageError('name a command and where to look');
  if (!values.key) throw new UsageError('give --key');
  const verifier = parseVerifier(await textOrFile(values.key));
  const source = folderSource(place);
  switch (command) {
    case 'log': {
      const read = async (where: string) => ({ where, note: await readFile(where, 'utf8') });
      return tellVerdict(await verifyLog(source, verifier, await Promise.all((values.checkpoint ?? []).map(read))));
    }
    case 'consistency': {
      if (!values.from) throw new UsageError('give --from');
      const to = await readFile(values.to ?? `${place}/${checkpointPath}`, 'utf8');
      return tellConsistency(source, verifier, { from: await readFile(values.from, 'utf8'), to });
    }
    case 'entry':
      return tellEntry(place, verifier, Number(index ?? Number.NaN));
    case 'receipt': {
      const receipt = parseReceipt(await readFile(place, 'utf8'));
      const { origin, size } = checkReceipt(receipt, verifier);
      console.log(`INCLUDED  entry ${receipt.index} of ${origin}, which had ${size} entries`);
      return 0;
    }
    default:
      throw new UsageError(`${command} is no command`);
  }
}

async function tellEntry(folder: string, verifier: Verifier, index: number): Promise<number> {
  const source = folderSource(folder);
  const note = await readFile(`${folder}/${checkpointPath}`, 'utf8');
  const { origin, size } = openCheckpoint(note, verifier);
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new UsageError(`the index is ${index}: give 0 to ${size - 1}`);
  }
  const [entry, proof] = await Promise.all([readEntry(source, index, size), proveInclusion(source, index, size)]);
  checkReceipt({ index, entry, proof, checkpoint: note }, verifier);
  console.log(`INCLUDED  entry ${index} of ${size} of ${origin}, ${entry.length} bytes, by ${proof.length} hashes`);
  return 0;
}

function parsed(args: readonly string[]) {
  const file = { type: 'string' } as const;
  const options = {
    key: file,
    from: file,
    to: file,
    checkpoint: { ...file, multiple: true },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function textOrFile(value: string): Promise<string> {
  return /^[^+]+\+[0-9a-f]{8}\+/.test(value) ? value : readFile(value, 'utf8');
}
