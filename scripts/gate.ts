// `npm run gate`: synthesises the app and prints its certificate; ends with 1 where the gate does not let it pass.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { certificatePage } from '../lib/gate/seaworthy.ts';
import { command } from './command.ts';
import { root } from './root.ts';

const assembly = path.join(root, 'cdk.out');
const file = path.join(assembly, certificatePage);

// A synth that fails before the gate must not leave the certificate of the one before.
rmSync(file, { force: true });
const cdk = path.join(root, 'node_modules/.bin/cdk');
const { code, stderr } = await command(cdk, ['synth', '--quiet', '--output', assembly], { cwd: root });
if (existsSync(file)) console.log(readFileSync(file, 'utf8'));
if (code !== 0) console.error(stderr.join('\n'));
process.exitCode = code === 0 ? 0 : 1;
