import { Duration, Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import securityHeaders from '../../console/security-headers.json' with { type: 'json' };
import { acknowledge } from '../common/acknowledge.ts';
import { dataRemoval, destroysData } from '../common/removal.ts';
import { stageName } from './review-api.ts';
import type { Reviewers } from './reviewers.ts';

export interface ReviewConsoleProps {
  /** The review API; the console has its stage at `/api`. */
  readonly api: IHttpApi;
  readonly reviewers: Reviewers;
  /** Receives the bucket's access log, under `console/`. */
  readonly accessLogs: s3.IBucket;
  /**
   * Whether the page goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * The reviewers' page: files in S3 that CloudFront alone can read, and the API at the same address, so that the page
 * needs no other origin but the sign-in's. `npm run publish:console` puts the files there.
 */
export class ReviewConsole extends Construct {
  readonly bucket: s3.Bucket;
  readonly distribution: cloudfront.Distribution;
  /** Address of the console. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ReviewConsoleProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      // The page is the same for everybody and holds no data: a key of our own would guard nothing.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'console/',
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(90) }],
      removalPolicy: dataRemoval(this, props.destroyData),
      autoDeleteObjects: destroysData(this, props.destroyData),
    });
    this.distribution = this.#createDistribution(props);
    this.url = `https://${this.distribution.distributionDomainName}/`;
    props.reviewers.allowReturnTo(this.url);
  }

  #createDistribution({ api, reviewers }: ReviewConsoleProps): cloudfront.Distribution {
    const { region, urlSuffix } = Stack.of(this);
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Review of credit decisions',
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        responseHeadersPolicy: this.#headers(reviewers.signInUrl),
      },
      additionalBehaviors: {
        [`/${stageName}/*`]: {
          origin: new HttpOrigin(`${api.apiId}.execute-api.${region}.${urlSuffix}`),
          viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
      },
    });
    acknowledge(distribution, {
      'AwsSolutions-CFR1': 'Reviewers sign in; where they sit is for the identity provider to judge',
      'AwsSolutions-CFR2': 'The page is static, and the API throttles and lets in nobody who has not signed in',
      'AwsSolutions-CFR3': 'The page holds no data; the access log of the API has who asked for what',
      'AwsSolutions-CFR4': 'TLS 1.2 for a name of the bank’s own comes with its certificate',
    });
    return distribution;
  }

  /** The same headers as on the laptop, see console/security-headers.json. */
  #headers(signInUrl: string): cloudfront.ResponseHeadersPolicy {
    const { 'content-security-policy': policy, ...rest } = securityHeaders;
    const custom = ['permissions-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy'] as const;
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: policy.replace('{signIn}', signInUrl), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: custom.map((header) => ({ header, value: rest[header], override: true })),
      },
    });
  }
}
