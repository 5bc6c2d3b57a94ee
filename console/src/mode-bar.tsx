import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback, useState } from 'react';
import { type Mode, modes } from '../../lambdas/patterns/modes/mode.ts';
import type { ModeView } from '../../lambdas/patterns/modes/request.ts';
import type { ReviewApi } from './api.ts';
import type { Tell } from './app.tsx';
import { useLoaded } from './load.ts';
import { ModeDialog } from './mode-dialog.tsx';
import { instantText, modeTexts } from './words.ts';

interface ModeBarProps {
  readonly api: ReviewApi;
  readonly tell: Tell;
}

const refreshMs = 5_000;

/** How much is decided without people, who set it, and the switch for those entitled. */
export function ModeBar({ api, tell }: ModeBarProps) {
  const load = useCallback(() => api.mode(), [api]);
  const { value: present, reload } = useLoaded(load, tell, refreshMs);
  const [targets, setTargets] = useState<readonly Mode[]>([]);
  if (!present) return null;
  const { label, description } = modeTexts[present.mode];
  const close = () => {
    setTargets([]);
    void reload();
  };
  return (
    <>
      <Alert
        type={present.mode === 'normal' ? 'info' : 'warning'}
        header={`Mode: ${label}`}
        action={present.maySwitch && <Switches present={present} choose={setTargets} />}
      >
        {description} {setText(present)}
      </Alert>
      {targets.length > 0 && <ModeDialog api={api} tell={tell} from={present.mode} targets={targets} close={close} />}
    </>
  );
}

interface SwitchesProps {
  readonly present: ModeView;
  choose(targets: readonly Mode[]): void;
}

/** The stop has a button of its own: who needs it must not look for it. */
function Switches({ present: { mode }, choose }: SwitchesProps) {
  const others = modes.filter((other) => other !== mode && other !== 'stop');
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => choose(others)}>Switch the mode</Button>
      {mode !== 'stop' && (
        <Button variant="primary" iconName="status-stopped" onClick={() => choose(['stop'])}>
          Stop all decisions
        </Button>
      )}
    </SpaceBetween>
  );
}

function setText({ mode, by, at, reason }: ModeView): string {
  if (mode === 'unknown') return '';
  const since = at === null ? '' : ` since ${instantText(at)}`;
  return `Set by ${by}${since}: ${reason}`;
}
