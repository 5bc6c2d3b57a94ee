import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type SubmitEvent, useState } from 'react';
import { longestNote, type ReasonCode, type Verdict } from '../../lambdas/patterns/review/case.ts';
import { grounds } from './words.ts';

/** What a reviewer chose. */
export interface Chosen {
  readonly act: 'verdict' | 'refer-up' | 'second-opinion';
  readonly verdict: Verdict;
  readonly code: ReasonCode;
  readonly note: string;
}

interface VerdictFormProps {
  /** Whether two people have to agree already. */
  readonly isForTwo: boolean;
  readonly isBusy: boolean;
  submit(chosen: Chosen): void;
}

const reasonOptions = Object.entries(grounds).map(([value, label]) => ({ value, label }));
const noteId = 'note';

/** Approve or decline with a reason, or hand the case on. */
export function VerdictForm({ isForTwo, isBusy, submit }: VerdictFormProps) {
  const [verdict, setVerdict] = useState<Verdict>();
  const [reason, setReason] = useState<SelectProps.Option | null>(null);
  const [note, setNote] = useState('');
  const [isTried, setIsTried] = useState(false);
  const choose = (act: Chosen['act']) => {
    setIsTried(true);
    if (!reason?.value || (act === 'verdict' && !verdict) || note.length > longestNote) return;
    submit({ act, verdict: verdict ?? 'decline', code: reason.value as ReasonCode, note });
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    choose('verdict');
  };
  return (
    <form onSubmit={onSubmit} aria-label="Your verdict">
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" disabled={isForTwo || isBusy} onClick={() => choose('second-opinion')}>
              Ask for a second pair of eyes
            </Button>
            <Button formAction="none" disabled={isBusy} onClick={() => choose('refer-up')}>
              Refer up
            </Button>
            <Button variant="primary" loading={isBusy} loadingText="Recording">
              Record the verdict
            </Button>
          </SpaceBetween>
        }
      >
        <Container header={<Header variant="h2">Your verdict</Header>}>
          <SpaceBetween size="m">
            <FormField label="Verdict" errorText={isTried && !verdict ? 'Choose one.' : undefined}>
              <RadioGroup
                value={verdict ?? null}
                onChange={({ detail }) => setVerdict(detail.value as Verdict)}
                items={[
                  { value: 'approve', label: 'Approve', description: 'The credit is given.' },
                  { value: 'decline', label: 'Decline', description: 'The applicant is told why, and may contest it.' },
                ]}
              />
            </FormField>
            <FormField label="Reason" errorText={isTried && !reason ? 'Choose one.' : undefined}>
              <Select
                selectedOption={reason}
                options={reasonOptions}
                placeholder="Choose a reason"
                onChange={({ detail }) => setReason(detail.selectedOption)}
              />
            </FormField>
            <FormField
              label={<>Note</>}
              description="For whoever reads the case next. Write no names: it stays with the case, not in the log."
              constraintText={`${note.length} of ${longestNote} characters.`}
              errorText={note.length > longestNote ? 'Shorten it.' : undefined}
              controlId={noteId}
            >
              <Textarea value={note} onChange={({ detail }) => setNote(detail.value)} rows={3} controlId={noteId} />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
