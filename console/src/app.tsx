import AppLayout from '@cloudscape-design/components/app-layout';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useCallback, useState } from 'react';
import type { ReviewApi } from './api.ts';
import { CasePage } from './case-page.tsx';
import { ModeBar } from './mode-bar.tsx';
import { Queue } from './queue.tsx';
import { isDark, setDark } from './theme.ts';

/** Says what has become of something. */
export type Tell = (type: 'success' | 'error' | 'info', content: string) => void;

interface AppProps {
  readonly api: ReviewApi;
  readonly auditKey: string;
  signOut(): void;
}

/** The console: the queue, or one case. Which one it is stays in memory: no case is named in an address. */
export function App({ api, auditKey, signOut }: AppProps) {
  const [caseId, setCaseId] = useState<string>();
  const [messages, setMessages] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const tell = useCallback<Tell>((type, content) => {
    const dismiss = { dismissible: true, dismissLabel: 'Dismiss', onDismiss: () => setMessages([]) };
    // A screen reader is told at once of an error, and of the rest when it is done.
    setMessages([{ type, content, ...dismiss, ariaRole: type === 'error' ? 'alert' : 'status' }]);
  }, []);
  return (
    <>
      <Top signOut={signOut} />
      <AppLayout
        navigationHide
        toolsHide
        notifications={<Flashbar items={messages} />}
        headerSelector="#top"
        ariaLabels={{ notifications: 'Notifications' }}
        content={
          caseId === undefined ? (
            <SpaceBetween size="s">
              <ModeBar api={api} tell={tell} />
              <Queue api={api} open={setCaseId} tell={tell} />
            </SpaceBetween>
          ) : (
            <CasePage
              key={caseId}
              api={api}
              auditKey={auditKey}
              caseId={caseId}
              close={() => setCaseId(undefined)}
              tell={tell}
            />
          )
        }
      />
    </>
  );
}

function Top({ signOut }: Pick<AppProps, 'signOut'>) {
  const [dark, remember] = useState(isDark());
  const switchTheme = () => {
    setDark(!dark);
    remember(!dark);
  };
  return (
    <header id="top">
      <TopNavigation
        identity={{ href: '/', title: 'Review of credit decisions' }}
        utilities={[
          { type: 'button', text: dark ? 'Light mode' : 'Dark mode', onClick: switchTheme },
          { type: 'button', text: 'Sign out', onClick: signOut },
        ]}
      />
    </header>
  );
}
