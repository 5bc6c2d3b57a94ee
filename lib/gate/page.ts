import type { Certificate, Entry, Place } from './certificate.ts';

/** The certificate as a page to read, in Markdown. */
export function page(certificate: Certificate): string {
  const { acknowledgements } = certificate;
  return [
    `# Certificate: ${certificate.verdict}`,
    '',
    `Templates \`${certificate.templatesHash}\`: ${Object.keys(certificate.templates).join(', ')}.`,
    `Models: ${places(certificate.models)}. Asked by: ${places(certificate.callers)}.`,
    `Acknowledgements: ${acknowledgements.counted} counted, ${acknowledgements.notNeeded} not needed any more, ${acknowledgements.expired} expired.`,
    '',
    'It says what the templates hold. That it works is what trials show; it is evidence for the articles named, not a proof of compliance.',
    ...Object.entries(certificate.pillars).flatMap(([pillar, entries]) => [
      '',
      `## ${capitalised(pillar)}`,
      ...section(entries),
    ]),
    '',
    '## Trials',
    '',
    ...(certificate.trials.length === 0
      ? ['None has been run against these templates.']
      : certificate.trials.map(({ name, passed, at }) => `- ${name}: ${passed ? 'passed' : 'failed'}, ${at}`)),
    '',
  ].join('\n');
}

function section(entries: readonly Entry[]): string[] {
  return [...Map.groupBy(entries, ({ rule }) => rule).values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const alone = group.filter(keepsItself);
    const names = alone.map(({ subject }) => subject.logicalId).join(', ');
    return [
      '',
      `### ${first.rule} ${first.promise}`,
      `Evidence for ${first.evidenceFor}.`,
      '',
      ...group.filter((each) => !keepsItself(each)).map(line),
      ...(alone.length === 0 ? [] : [`- kept by what it is about: ${names}`]),
    ];
  });
}

/** Whether the promise is about a property of the resource itself. */
function keepsItself({ subject, verdict, evidence }: Entry): boolean {
  return (
    verdict === 'held' &&
    evidence.every(({ stack, logicalId }) => stack === subject.stack && logicalId === subject.logicalId)
  );
}

function line({ subject, verdict, evidence, missing, acknowledgement }: Entry): string {
  const name = `\`${subject.path}\` (${subject.logicalId})`;
  if (verdict === 'held') return `- ${name}: ${evidence.map(({ logicalId }) => logicalId).join(', ')}`;
  if (verdict === 'missing') return `- **missing** ${name}: ${missing}`;
  const { reason, owner, expires } = acknowledgement ?? {};
  return `- **acknowledged** ${name}: ${missing}. ${reason} (${owner}, until ${expires})`;
}

function places(found: readonly Place[]): string {
  return found.length === 0 ? 'none' : found.map(({ path }) => `\`${path}\``).join(', ');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
