// `npm run redrive`: asks the redrive function to deliver failed records again, until it has gone through all of them.
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Redriven } from '../../lambdas/patterns/redrive/redrive.ts';
import { actorOf } from './actor.ts';
import { parseArguments, type RedriveOptions, UsageError, usage } from './arguments.ts';

/** One call of the function may take its whole ten minutes. Milliseconds. */
const requestHandler = { requestTimeout: 660_000 };
const lambda = new LambdaClient({ maxAttempts: 1, requestHandler });

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  return error instanceof UsageError ? 2 : 1;
});

/** @returns the exit code: 0 only if no record failed again */
async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (!options) {
    console.log(usage);
    return 0;
  }
  const by = options.by ?? actorOf(await new STSClient().send(new GetCallerIdentityCommand({})));
  const functionName = options.functionName ?? (await deployedFunction());
  console.log(`Redriving ${options.classes.join(', ')} since ${options.since}, in the name of ${by}`);
  let failedAgain = 0;
  for (let after: string | undefined, done = false; !done; ) {
    const answer = await redrive(functionName, options, by, after);
    console.log(lineOf(answer));
    failedAgain += answer.objects['failed-again'];
    after = answer.next;
    done = after === undefined;
  }
  return failedAgain > 0 ? 1 : 0;
}

async function deployedFunction(): Promise<string> {
  const { Stacks } = await new CloudFormationClient().send(
    new DescribeStacksCommand({ StackName: 'SeaworthyIngestion' }),
  );
  const found = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'RedriveFunctionName')?.OutputValue;
  if (found === undefined)
    throw new UsageError('the stack SeaworthyIngestion names no redrive function, give --function');
  return found;
}

async function redrive(
  FunctionName: string,
  { since, classes, perSecond }: RedriveOptions,
  by: string,
  after: string | undefined,
): Promise<Redriven> {
  const request = { since, classes, by, perSecond, ...(after !== undefined && { after }) };
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(request)) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString());
  if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${answer.errorMessage ?? FunctionError}`);
  return answer as Redriven;
}

function lineOf({ objects, records }: Redriven): string {
  const counts = Object.entries(objects).filter(([, count]) => count > 0);
  const list = counts.map(([result, count]) => `${count} ${result}`).join(', ');
  return `${records} records delivered; objects: ${list === '' ? 'none' : list}`;
}
