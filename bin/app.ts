// The CDK app: names the stacks and the environment, nothing else.
import { App } from 'aws-cdk-lib';
import { loanApproval } from '../lib/loan-approval/loan-approval.ts';
import { bundleHandlers } from '../scripts/bundle.ts';

await bundleHandlers();
const app = new App();
loanApproval(app);
app.synth();
