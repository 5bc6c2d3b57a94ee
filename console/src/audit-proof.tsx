import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useState } from 'react';
import type { EntryProof } from '../../lambdas/patterns/review/proof.ts';
import type { CaseView } from '../../lambdas/patterns/review/view.ts';
import type { ReviewApi } from './api.ts';
import { messageOf } from './load.ts';
import { type Place, verifyReceipt } from './proof.ts';

interface AuditProofProps {
  readonly api: ReviewApi;
  readonly auditKey: string;
  readonly caseId: string;
  readonly state: CaseView['state'];
}

/** An entry after it was checked here: its place, that it is not there yet, or why it is not proven. */
type Checked = Pick<EntryProof, 'name' | 'content'> &
  ({ readonly place: Place } | { readonly waits: true } | { readonly why: string });

/** Whether the audit log has the case, as this browser computes it. */
export function AuditProof({ api, auditKey, caseId, state }: AuditProofProps) {
  const [checked, setChecked] = useState<readonly Checked[]>();
  const [failure, setFailure] = useState<string>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a case in another state has other entries
  useEffect(() => {
    const check = async () => {
      const proofs = await api.proofs(caseId);
      setChecked(await Promise.all(proofs.map((proof) => checkedOf(proof, auditKey))));
    };
    setFailure(undefined);
    check().catch((error: unknown) => setFailure(messageOf(error)));
  }, [api, auditKey, caseId, state]);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Inclusion and signature are checked by this browser, the content by the service."
        >
          Audit proof
        </Header>
      }
    >
      <SpaceBetween size="s">
        {failure !== undefined && <StatusIndicator type="error">Not proven: {failure}</StatusIndicator>}
        {failure === undefined && checked === undefined && <StatusIndicator type="loading">Checking</StatusIndicator>}
        {failure === undefined && checked?.map((each) => <Entry key={each.name} checked={each} />)}
      </SpaceBetween>
    </Container>
  );
}

async function checkedOf({ name, receipt, content }: EntryProof, auditKey: string): Promise<Checked> {
  if (receipt === null) return { name, content, waits: true };
  if (content === 'differs') return { name, content, why: 'the entry says something else than this page' };
  try {
    return { name, content, place: await verifyReceipt(receipt, auditKey) };
  } catch (error) {
    return { name, content, why: messageOf(error) };
  }
}

function Entry({ checked }: { readonly checked: Checked }) {
  const { name, content } = checked;
  if ('waits' in checked) return <StatusIndicator type="pending">{name} is not in the log yet.</StatusIndicator>;
  if ('why' in checked) {
    return (
      <StatusIndicator type="error">
        Not proven: {name}: {checked.why}. Tell the risk officer.
      </StatusIndicator>
    );
  }
  const { index, size, root } = checked.place;
  return (
    <Box>
      <StatusIndicator type="success">
        {name} is entry {index} of the log: verified.
      </StatusIndicator>
      <Box color="text-body-secondary">
        By the signed checkpoint of {size} entries, root <code>{root.slice(0, 16)}</code>.{' '}
        {content === 'erased' ? 'The person’s key was erased: nobody can read it.' : 'It says what this page says.'}
      </Box>
    </Box>
  );
}
