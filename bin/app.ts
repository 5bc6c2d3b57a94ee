// The CDK app: names the stacks and the environment, nothing else.
import { App, Validations } from 'aws-cdk-lib';
import { Seaworthy } from '../lib/gate/seaworthy.ts';
import { loanApproval } from '../lib/loan-approval/loan-approval.ts';
import { bundleHandlers } from '../scripts/bundle.ts';

await bundleHandlers();
const app = new App();
loanApproval(app);
Validations.of(app).addPlugins(new Seaworthy());
app.synth();
