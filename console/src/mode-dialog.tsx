import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Mode } from '../../lambdas/patterns/modes/mode.ts';
import type { ModeView } from '../../lambdas/patterns/modes/request.ts';
import type { ReviewApi } from './api.ts';
import type { Tell } from './app.tsx';
import { messageOf } from './load.ts';
import { modeTexts } from './words.ts';

interface ModeDialogProps {
  readonly api: ReviewApi;
  readonly tell: Tell;
  /** The mode that the reader has seen. */
  readonly from: ModeView['mode'];
  /** The modes to choose from; where it is one, it is confirmed. */
  readonly targets: readonly Mode[];
  close(): void;
}

/** Asks to which mode, and why; nothing is switched without a reason. */
export function ModeDialog({ api, tell, from, targets, close }: ModeDialogProps) {
  const [only] = targets.length === 1 ? targets : [];
  const [mode, setMode] = useState<Mode | undefined>(only);
  const [reason, setReason] = useState('');
  const [isTried, setIsTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async () => {
    setIsTried(true);
    if (!mode || reason.trim() === '') return;
    setIsBusy(true);
    try {
      await api.switchMode({ mode, from, reason });
      tell(
        'success',
        `The switch to ${modeTexts[mode].label.toLowerCase()} is recorded, and on its way: every instance follows within 30 seconds.`,
      );
    } catch (error) {
      tell('error', messageOf(error));
    }
    close();
  };
  return (
    <Modal
      visible
      header={only === 'stop' ? 'Stop all decisions?' : 'Switch the mode'}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} loadingText="Switching" onClick={() => void submit()}>
              {only === 'stop' ? 'Stop now' : 'Switch'}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {only === 'stop' ? (
          <Alert type="warning">{modeTexts.stop.description} It lasts until somebody ends it.</Alert>
        ) : (
          <FormField label="Mode" errorText={isTried && !mode ? 'Choose one.' : undefined}>
            <RadioGroup
              value={mode ?? null}
              onChange={({ detail }) => setMode(detail.value as Mode)}
              items={targets.map((value) => ({ value, ...modeTexts[value] }))}
            />
          </FormField>
        )}
        <FormField
          label="Reason"
          description="It stays in the audit log for ever: write no names."
          errorText={isTried && reason.trim() === '' ? 'Say why.' : undefined}
        >
          <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
