import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type CognitoIdentityProviderClient,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';

/** Users that a start makes, and the group that each is in. */
export const localUsers = {
  reviewer: 'reviewers',
  'second-reviewer': 'reviewers',
  'senior-reviewer': 'senior-reviewers',
  'head-of-credit': 'heads-of-credit',
  'risk-officer': 'oversight',
  'duty-officer': 'duty-officers',
} as const;
export type LocalUser = keyof typeof localUsers;

/** The user pool of the embedded cloud, and its client for the console. */
export interface LocalPool {
  readonly userPoolId: string;
  readonly clientId: string;
}

/** Makes the local users, all with one password of this run. @returns the password */
export async function createReviewers(
  cognito: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId }: LocalPool,
  signal: AbortSignal,
): Promise<string> {
  const Password = `Local-${randomBytes(9).toString('base64url')}-1a`;
  const options = { abortSignal: signal };
  for (const [Username, GroupName] of Object.entries(localUsers)) {
    const user = { UserPoolId, Username };
    await cognito.send(
      new AdminCreateUserCommand({ ...user, TemporaryPassword: Password, MessageAction: 'SUPPRESS' }),
      options,
    );
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }), options);
    await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName }), options);
  }
  return Password;
}

/** Lets a sign-in lead back to the console on loopback, which is at another address at each start. */
export async function allowReturnTo(
  cognito: CognitoIdentityProviderClient,
  { userPoolId, clientId }: LocalPool,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  await cognito.send(
    new UpdateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientId: clientId,
      CallbackURLs: [address],
      LogoutURLs: [address],
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['openid'],
      SupportedIdentityProviders: ['COGNITO'],
    }),
    { abortSignal: signal },
  );
}
