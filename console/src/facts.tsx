import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { CaseView } from '../../lambdas/patterns/review/view.ts';
import {
  amountText,
  featureText,
  grounds,
  instantText,
  probabilityText,
  reasonText,
  referrals,
  valueText,
  verdicts,
} from './words.ts';

interface PartProps {
  readonly shown: CaseView;
}

/** What the applicant stated, as the model was given it. */
export function Facts({ shown: { decision, referredFor, openedAt, dueAt } }: PartProps) {
  const features = Object.entries(decision.features).map(([name, value]) => ({
    label: featureText(name),
    value: valueText(name, value),
  }));
  return (
    <Container header={<Header variant="h2">Facts</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Referred for', value: referredFor.map((reason) => referrals[reason]).join(', ') },
          { label: 'Applied on', value: decision.submittedAt },
          { label: 'Opened', value: instantText(openedAt) },
          { label: 'Due', value: instantText(dueAt) },
          ...features,
        ]}
      />
    </Container>
  );
}

/** What the model said, and why. */
export function Score({ shown: { decision } }: PartProps) {
  const { probability, threshold, modelVersion, reasons } = decision;
  if (probability === null) {
    return (
      <Container header={<Header variant="h2">The model</Header>}>
        <Box>The model gave no answer. Decide on the facts alone.</Box>
      </Container>
    );
  }
  return (
    <Container header={<Header variant="h2">The model</Header>}>
      <SpaceBetween size="m">
        <ProgressBar
          label="Risk of default"
          value={probability * 100}
          description={`It declines from ${probabilityText(threshold)} on. Version ${modelVersion}.`}
          ariaLabel="Risk of default"
        />
        <Table
          variant="embedded"
          items={reasons}
          trackBy="code"
          columnDefinitions={[
            { id: 'text', header: 'What raises the risk', isRowHeader: true, cell: ({ code }) => reasonText(code) },
            { id: 'by', header: 'Log-odds', cell: ({ contribution }) => `+${contribution.toFixed(2)}` },
          ]}
          ariaLabels={{ tableLabel: 'What raises the risk' }}
          empty={<Box>Nothing stands out.</Box>}
        />
      </SpaceBetween>
    </Container>
  );
}

/** What the verdict of a person is for: the model was not told these. */
export function Unknown({ shown: { unknown } }: PartProps) {
  return (
    <Container header={<Header variant="h2">What the model does not know</Header>}>
      <ul>
        {unknown.map((name) => (
          <li key={name}>{featureText(name)}: it was not stated.</li>
        ))}
        <li>Anything that is in the documents and not among the facts above.</li>
        <li>What has happened since the loans that it learned from.</li>
        <li>Why the applicant contests the decision, or asks for this amount.</li>
      </ul>
    </Container>
  );
}

/** How people decided cases like this one. */
export function Similar({ shown: { similar } }: PartProps) {
  return (
    <Table
      header={<Header variant="h2">Similar cases of the past</Header>}
      items={[...similar]}
      trackBy="caseId"
      columnDefinitions={[
        { id: 'case', header: 'Case', isRowHeader: true, cell: ({ caseId }) => caseId },
        { id: 'amount', header: 'Amount', cell: ({ amount }) => amountText(amount) },
        { id: 'score', header: 'Risk of default', cell: ({ probability }) => probabilityText(probability) },
        {
          id: 'verdict',
          header: 'Decided',
          cell: ({ verdict, by }) =>
            by === 'expiry' ? 'Nobody in time' : (verdicts[verdict as keyof typeof verdicts] ?? verdict),
        },
      ]}
      ariaLabels={{ tableLabel: 'Similar cases of the past' }}
      empty={<Box textAlign="center">No case of this sector has been decided yet.</Box>}
    />
  );
}

/** What happened to the case so far, and what the audit log proves it by. */
export function Record({ shown: { steps, opinions, eyes, digest } }: PartProps) {
  return (
    <Container header={<Header variant="h2">Record</Header>}>
      <SpaceBetween size="s">
        {steps.map(({ kind, at, code, note }) => (
          <Box key={at}>
            {instantText(at)}: {stepText(kind, code)}
            {note && `: ${note}`}
          </Box>
        ))}
        <Box>
          {opinions} of {eyes} opinions given. You see those of others when the case is decided: yours is your own.
        </Box>
        <KeyValuePairs items={[{ label: 'Digest of what you see (SHA-256)', value: <code>{digest}</code> }]} />
      </SpaceBetween>
    </Container>
  );
}

function stepText(kind: string, code: string): string {
  if (kind === 'contested') return 'the applicant contests the decision';
  const what = kind === 'referred-up' ? 'sent up the ladder' : 'a second pair of eyes asked for';
  return `${what} (${grounds[code as keyof typeof grounds] ?? code})`;
}
