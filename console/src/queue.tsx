import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { useCallback, useState } from 'react';
import type { ReferralReason } from '../../lambdas/patterns/review/case.ts';
import type { QueueLine } from '../../lambdas/patterns/review/view.ts';
import { Refused, type ReviewApi } from './api.ts';
import type { Tell } from './app.tsx';
import { useLoaded } from './load.ts';
import { amountText, instantText, probabilityText, referrals } from './words.ts';

interface QueueProps {
  readonly api: ReviewApi;
  readonly tell: Tell;
  open(caseId: string): void;
}

const refreshMs = 15_000;
const everyReason = { value: 'all', label: 'Every reason' };
const reasonOptions: SelectProps.Option[] = [
  everyReason,
  ...Object.entries(referrals).map(([value, label]) => ({ value, label })),
];

/** The cases that wait, the most urgent first. */
export function Queue({ api, open, tell }: QueueProps) {
  const load = useCallback(() => queueOf(api), [api]);
  const { value: lines, reload } = useLoaded(load, tell, refreshMs);
  const [reason, setReason] = useState<SelectProps.Option>(everyReason);
  const [mineOnly, setMineOnly] = useState(true);
  const shown = (lines ?? []).filter(
    (line) =>
      (reason.value === 'all' || line.referredFor.includes(reason.value as ReferralReason)) &&
      (!mineOnly || (line.barred === null && line.held !== 'another')),
  );
  return (
    <Table
      variant="full-page"
      stickyHeader
      loading={lines === undefined}
      loadingText="Loading the queue"
      items={shown}
      trackBy="caseId"
      columnDefinitions={columns(open)}
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Cases that wait' }}
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={lines && `(${shown.length} of ${lines.length})`}
          description="Referred applications, the most urgent first"
          actions={<Button iconName="refresh" ariaLabel="Refresh the queue" onClick={() => void reload()} />}
        >
          Cases that wait
        </Header>
      }
      filter={
        <SpaceBetween direction="horizontal" size="m" alignItems="center">
          <Select
            selectedOption={reason}
            options={reasonOptions}
            onChange={({ detail }) => setReason(detail.selectedOption)}
            ariaLabel="Reason of the referral"
          />
          <Toggle checked={mineOnly} onChange={({ detail }) => setMineOnly(detail.checked)}>
            Only what I may decide
          </Toggle>
        </SpaceBetween>
      }
      empty={<Box textAlign="center">Nothing waits.</Box>}
    />
  );
}

/** What waits for the reader; nothing does for who reviews nothing, such as a duty officer. */
async function queueOf(api: ReviewApi): Promise<readonly QueueLine[]> {
  try {
    return await api.queue();
  } catch (error) {
    if (error instanceof Refused && error.code === 'not-a-reviewer') return [];
    throw error;
  }
}

function columns(open: QueueProps['open']): TableProps.ColumnDefinition<QueueLine>[] {
  return [
    {
      id: 'case',
      header: 'Case',
      isRowHeader: true,
      // A link would name the case in an address.
      cell: ({ caseId }) => (
        <Button variant="inline-link" ariaLabel={`Open case ${caseId}`} onClick={() => open(caseId)}>
          {caseId}
        </Button>
      ),
    },
    { id: 'why', header: 'Referred for', cell: (line) => <Reasons line={line} /> },
    { id: 'amount', header: 'Amount', cell: ({ amount }) => amountText(amount) },
    { id: 'score', header: 'Risk of default', cell: ({ probability }) => probabilityText(probability) },
    { id: 'due', header: 'Due', cell: ({ dueAt }) => instantText(dueAt) },
    { id: 'state', header: 'State', cell: (line) => <State line={line} /> },
  ];
}

function Reasons({ line: { referredFor, eyes } }: { readonly line: QueueLine }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {referredFor.map((reason) => (
        <span key={reason}>{referrals[reason]}</span>
      ))}
      {eyes === 2 && <Badge color="blue">Four eyes</Badge>}
    </SpaceBetween>
  );
}

function State({ line: { held, barred, level } }: { readonly line: QueueLine }) {
  if (held === 'you') return <StatusIndicator type="in-progress">Yours</StatusIndicator>;
  if (held === 'another') return <StatusIndicator type="stopped">With somebody else</StatusIndicator>;
  if (barred !== null) return <StatusIndicator type="stopped">For another person</StatusIndicator>;
  return <StatusIndicator type="pending">{level === 0 ? 'Waits' : `Waits on rung ${level + 1}`}</StatusIndicator>;
}
