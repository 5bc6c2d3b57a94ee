// The app with prebuilt assets and the plug-in that is named: `node bench/gate-app.ts none|seaworthy|nag OUTDIR`.
import { App, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Seaworthy } from '../lib/gate/seaworthy.ts';
import { loanApproval } from '../lib/loan-approval/loan-approval.ts';

const plugins: Readonly<Record<string, (app: App) => IPolicyValidationPlugin[]>> = {
  none: () => [],
  seaworthy: () => [new Seaworthy()],
  nag: (app) => [onlyLooks(new AwsSolutionsChecks(app))],
};

/** A plug-in whose findings do not end the run: it is the time that is asked for. */
function onlyLooks(plugin: IPolicyValidationPlugin): IPolicyValidationPlugin {
  return { name: plugin.name, validate: (context) => ({ ...plugin.validate(context), success: true }) };
}

const [name = '', outdir] = process.argv.slice(2);
const make = plugins[name];
if (!make)
  throw new Error(`there is no plug-in ${JSON.stringify(name)}: name one of ${Object.keys(plugins).join(', ')}`);
const app = new App({ outdir });
loanApproval(app);
Validations.of(app).addPlugins(...make(app));
app.synth();
