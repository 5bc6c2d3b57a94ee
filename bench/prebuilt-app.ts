// The app without a look at its assets' sources: what a synth costs at the least.
import { App } from 'aws-cdk-lib';
import { loanApproval } from '../lib/loan-approval/loan-approval.ts';

const app = new App();
loanApproval(app);
app.synth();
