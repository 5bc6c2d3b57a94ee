import type { Problems } from '../common/problems.ts';
import type { ModelRegistry } from './model-registry.ts';

/** From which model a training transfers, and to which loans. */
export interface TransferOptions {
  /**
   * Registry of the model to transfer from.
   * @default - the registry that the pipeline itself registers in
   */
  readonly from?: ModelRegistry;
  /**
   * Version to transfer from.
   * @default - the champion of `from` at that moment
   */
  readonly version?: string;
  /**
   * What the loans of the target have in common, by feature, such as `{ state: 'CA', sector: '53' }`. Its models belong
   * in a registry of their own: a champion decides on every loan that its service is asked about.
   * @default - all loans of the period: the target is a later time
   */
  readonly segment?: Readonly<Record<string, string>>;
}

/** Notes what is wrong with the options. */
export function checkTransfer(problems: Problems, transfer: TransferOptions | undefined, own: ModelRegistry): Problems {
  if (transfer === undefined) return problems;
  const { from = own, segment, version } = transfer;
  const text = segmentText(transfer);
  const remedy = "set one value for each feature, without '=' and ','";
  return problems
    .check(version === undefined || version !== '', 'transfer.version', version, 'name a version, or leave it out')
    .check(text === '' || /^([^=,]+=[^=,]+)(,[^=,]+=[^=,]+)*$/.test(text), 'transfer.segment', segment, remedy)
    .check(
      text === '' || from !== own,
      'transfer.segment',
      segment,
      "set transfer.from, and registry to another one: a segment's champion may not decide on all loans",
    );
}

/** The segment as the steps read it, such as `state=CA,sector=53`; empty means all loans. */
export function segmentText({ segment = {} }: TransferOptions = {}): string {
  return Object.entries(segment)
    .map(([feature, value]) => `${feature}=${value}`)
    .join(',');
}
