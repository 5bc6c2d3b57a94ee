import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { account, credentials, region } from './aws.ts';

/** The embedded cloud takes any code: there is no device. */
const anyCode = '000000';

/** May do all that the one who starts the platform may; what a role lets them do beyond it, they enter the role for. */
const administrator = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
});

/**
 * Makes a user of the embedded cloud's account and signs them in with a second factor.
 *
 * @returns what makes the AWS tools of another process theirs
 */
export async function signIn(endpoint: string, name: string): Promise<Readonly<Record<string, string>>> {
  const options = { endpoint, region };
  const iam = new IAMClient({ ...options, credentials });
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: name, PolicyName: 'administrator', PolicyDocument: administrator }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const sts = new STSClient({ ...options, credentials: key });
  const device = `arn:aws:iam::${account}:mfa/${name}`;
  const { Credentials } = await sts.send(new GetSessionTokenCommand({ SerialNumber: device, TokenCode: anyCode }));
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
