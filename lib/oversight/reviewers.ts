import { Duration, Lazy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { dataRemoval, destroysData } from '../common/removal.ts';

export interface ReviewersProps {
  /** Name of the sign-in's domain; it is taken once in a region, so put the account's number into it. */
  readonly domainPrefix: string;
  /** Groups to make, with what their members do. */
  readonly groups: Readonly<Record<string, string>>;
  /**
   * Whether the users go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * The people who review: a Cognito user pool that nobody can join by themselves, with a second factor, and one client
 * for the console. An organisation's own identity provider can be added to the pool.
 */
export class Reviewers extends Construct {
  readonly userPool: cognito.UserPool;
  readonly client: cognito.UserPoolClient;
  readonly groups: readonly cognito.UserPoolGroup[];
  /** Address of the sign-in, without a slash at its end. */
  readonly signInUrl: string;
  /** Addresses to which a sign-in may lead back. */
  readonly #addresses: string[] = [];

  constructor(scope: Construct, id: string, props: ReviewersProps) {
    super(scope, id);
    this.userPool = new cognito.UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      accountRecovery: cognito.AccountRecovery.NONE,
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      deletionProtection: !destroysData(this, props.destroyData),
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    this.client = this.userPool.addClient('Console', {
      generateSecret: false,
      authFlows: {},
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.minutes(30),
      idTokenValidity: Duration.minutes(30),
      refreshTokenValidity: Duration.hours(9),
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID],
        callbackUrls: Lazy.list({ produce: () => this.#addresses }),
        logoutUrls: Lazy.list({ produce: () => this.#addresses }),
      },
    });
    const domain = this.userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: props.domainPrefix } });
    this.signInUrl = domain.baseUrl();
    this.groups = Object.entries(props.groups).map(([groupName, description]) =>
      this.userPool.addGroup(groupName, { groupName, description }),
    );
  }

  /** Lets a sign-in lead back to an address of the console. */
  allowReturnTo(address: string): void {
    this.#addresses.push(address);
  }
}
