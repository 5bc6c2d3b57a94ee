import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { acknowledgementsIn } from './acknowledgement.ts';
import { type Certificate, certify } from './certificate.ts';
import { type Judgement, judge } from './judgement.ts';
import { buildGraph } from './model/graph.ts';
import { readSources } from './model/sources.ts';
import { page } from './page.ts';
import { rules } from './rules/index.ts';

export interface SeaworthyProps {
  /**
   * The day by which acknowledgements expire.
   * @default - today, in UTC
   */
  readonly today?: Date;
}

/** File names of the certificate in the cloud assembly: for programs, and for people. */
export const certificateFile = 'seaworthiness.json';
export const certificatePage = 'seaworthiness.md';

/**
 * The gate: reads the synthesised templates of the whole app and fails the synth where monitoring, a fallback, human
 * oversight or accountability is missing. It leaves a certificate in the cloud assembly.
 *
 * @example Validations.of(app).addPlugins(new Seaworthy());
 */
export class Seaworthy implements IPolicyValidationPlugin {
  readonly name = 'Seaworthy';
  readonly version = '0.1.0';
  readonly ruleIds = rules.map(({ id }) => id);
  readonly #today: string;

  constructor(props: SeaworthyProps = {}) {
    this.#today = (props.today ?? new Date()).toISOString().slice(0, 10);
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const sources = readSources(context.appConstruct, context.templatePaths);
    const graph = buildGraph(sources);
    const judgements = judge(graph, rules, acknowledgementsIn(context.appConstruct), this.#today);
    const certificate = certify(
      graph,
      judgements,
      sources.map(({ file }) => file),
    );
    leave(certificate, context);
    const violations = [...findings(judgements, this.#today), ...stale(judgements)];
    return { success: certificate.verdict === 'seaworthy', violations };
  }
}

/** Beside the assembly's manifest: the first template's folder is the app's, or a stage's in it. */
function leave(certificate: Certificate, { appConstruct, templatePaths }: IPolicyValidationContext): void {
  const outdir: unknown = 'outdir' in appConstruct ? appConstruct.outdir : undefined;
  const folder = typeof outdir === 'string' ? outdir : path.dirname(templatePaths[0] ?? '.');
  writeFileSync(path.join(folder, certificateFile), `${JSON.stringify(certificate, undefined, 2)}\n`);
  writeFileSync(path.join(folder, certificatePage), page(certificate));
}

function findings(judgements: readonly Judgement[], today: string): PolicyViolation[] {
  return judgements
    .filter(({ verdict }) => verdict === 'missing')
    .map((judgement) => {
      const { rule, acknowledgement } = judgement;
      const expired =
        acknowledgement && acknowledgement.expires < today ? ` (acknowledged until ${acknowledgement.expires})` : '';
      return {
        ...violation(judgement),
        description: `${rule.promise} Missing: ${judgement.missing}${expired}. ${rule.why} Evidence for ${rule.evidenceFor}.`,
        fix: rule.fix,
        // The framework's own acknowledgements have no owner and no end: they do not reach what is fatal.
        severity: 'fatal',
      };
    });
}

/** Acknowledgements that nothing asks for any more: they would hide the same finding when it comes back. */
function stale(judgements: readonly Judgement[]): PolicyViolation[] {
  return judgements
    .filter(({ verdict, acknowledgement }) => verdict === 'held' && acknowledgement !== undefined)
    .map((judgement) => ({
      ...violation(judgement),
      description: `${judgement.rule.id} is acknowledged and kept: take the acknowledgement out.`,
      severity: 'warning',
    }));
}

function violation({ rule, subject }: Judgement): Omit<PolicyViolation, 'description'> {
  const { logicalId, file, path: construct } = subject;
  return {
    ruleName: rule.id,
    ruleMetadata: { pillar: rule.pillar, construct, evidenceFor: rule.evidenceFor },
    violatingResources: [{ resourceLogicalId: logicalId, templatePath: file, locations: [] }],
  };
}
