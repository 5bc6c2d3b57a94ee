import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useCallback, useState } from 'react';
import type { CaseView } from '../../lambdas/patterns/review/view.ts';
import type { ReviewApi } from './api.ts';
import type { Tell } from './app.tsx';
import { AuditProof } from './audit-proof.tsx';
import { Facts, Record, Score, Similar, Unknown } from './facts.tsx';
import { messageOf, useLoaded } from './load.ts';
import { type Chosen, VerdictForm } from './verdict-form.tsx';
import { instantText } from './words.ts';

interface CasePageProps {
  readonly api: ReviewApi;
  readonly auditKey: string;
  readonly caseId: string;
  readonly tell: Tell;
  close(): void;
}

/** One case: all that it can be decided on, and the decision. */
export function CasePage({ api, auditKey, caseId, close, tell }: CasePageProps) {
  const load = useCallback(() => api.read(caseId), [api, caseId]);
  const { value: shown, set, reload } = useLoaded(load, tell);
  const [isBusy, setIsBusy] = useState(false);

  /** Does something to the case and shows what it is then; what was refused may have changed, so it is read anew. */
  const change = async (act: () => Promise<CaseView>, done?: string) => {
    setIsBusy(true);
    try {
      const after = await act();
      set(after);
      if (done) tell('success', done);
      if (done && after.held !== 'you') close();
    } catch (error) {
      tell('error', messageOf(error));
      await reload();
    } finally {
      setIsBusy(false);
    }
  };

  if (!shown) return <Spinner size="large" />;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={close}>Back to the queue</Button>
              <Holding shown={shown} isBusy={isBusy} api={api} change={change} />
            </SpaceBetween>
          }
        >
          Case {caseId}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Notice shown={shown} />
        <Grid gridDefinition={[{ colspan: { default: 12, m: 7 } }, { colspan: { default: 12, m: 5 } }]}>
          <SpaceBetween size="l">
            <Facts shown={shown} />
            <Unknown shown={shown} />
            <Similar shown={shown} />
          </SpaceBetween>
          <SpaceBetween size="l">
            <Score shown={shown} />
            {shown.approval !== null && (
              <VerdictForm
                isForTwo={shown.eyes === 2}
                isBusy={isBusy}
                submit={(chosen) => void change(() => perform(api, shown, chosen), doneText[chosen.act])}
              />
            )}
            <Record shown={shown} />
            <AuditProof api={api} auditKey={auditKey} caseId={caseId} state={shown.state} />
          </SpaceBetween>
        </Grid>
      </SpaceBetween>
    </ContentLayout>
  );
}

const doneText: Readonly<globalThis.Record<Chosen['act'], string>> = {
  verdict: 'Your verdict is recorded.',
  'refer-up': 'The case is with the next rung.',
  'second-opinion': 'Two people have to agree now. You may be one of them.',
};

function perform(api: ReviewApi, { caseId, approval }: CaseView, { act, verdict, code, note }: Chosen) {
  const grounds = { approval: approval ?? '', code, note };
  if (act === 'refer-up') return api.referUp(caseId, grounds);
  if (act === 'second-opinion') return api.askSecondOpinion(caseId, grounds);
  return api.decide(caseId, verdict, grounds);
}

interface HoldingProps {
  readonly shown: CaseView;
  readonly isBusy: boolean;
  readonly api: ReviewApi;
  change(act: () => Promise<CaseView>): Promise<void>;
}

/** Takes the case, or gives it back. */
function Holding({ shown: { caseId, held, barred, outcome }, isBusy, api, change }: HoldingProps) {
  if (held === 'you') {
    return (
      <Button disabled={isBusy} onClick={() => void change(() => api.release(caseId))}>
        Give it back
      </Button>
    );
  }
  const isFree = held === 'nobody' && barred === null && outcome === null;
  return (
    <Button variant="primary" disabled={!isFree} loading={isBusy} onClick={() => void change(() => api.claim(caseId))}>
      Take the case
    </Button>
  );
}

/** Where the reader stands with the case. */
function Notice({ shown: { held, barred, claimedUntil, outcome, eyes } }: { readonly shown: CaseView }) {
  if (outcome) return <Alert type="info">The case is decided.</Alert>;
  if (barred !== null) return <Alert type="warning">{barredText[barred] ?? 'You may not decide this case.'}</Alert>;
  if (held === 'another') return <Alert type="info">Somebody else holds the case at the moment.</Alert>;
  if (claimedUntil === null)
    return <Alert type="info">Take the case to decide it. Nobody else can, while you hold it.</Alert>;
  const forTwo = eyes === 2 ? ' Two people have to agree.' : '';
  return (
    <Alert type="success">
      The case is yours until {instantText(claimedUntil)}.{forTwo}
    </Alert>
  );
}

const barredText: Readonly<globalThis.Record<string, string>> = {
  'has-a-part': 'You have a part in this application or in the model: somebody else decides it.',
  'same-eyes': 'You have given your opinion. A second person decides.',
  rung: 'The case is on a higher rung of the ladder.',
};
