import { expect, test } from 'vitest';
import { modes } from '../../lambdas/patterns/modes/mode.ts';
import { parseArguments } from '../../tools/mode/arguments.ts';

test('the command line is what is switched, by whom and why', () => {
  expect(parseArguments(['stop', '--reason', ' drill ', '--by', 'staff-7'])).toEqual({
    action: 'switch',
    to: 'stop',
    reason: 'drill',
    by: 'staff-7',
    endpoint: undefined,
  });
  for (const to of modes) expect(parseArguments([to, '--reason', 'drill'])).toMatchObject({ to, by: undefined });
  const endpoint = 'http://127.0.0.1:4566';
  expect(parseArguments(['show', '--endpoint', endpoint])).toEqual({ action: 'show', endpoint });
  expect(parseArguments(['--help'])).toBeUndefined();
});

test.each([
  [[], 'the mode is undefined, give show, normal, degraded, manual, stop'],
  [['halt', '--reason', 'drill'], 'the mode is halt, give show, normal, degraded, manual, stop'],
  [['stop'], '--reason is not right'],
  [['stop', '--reason', '  '], '--reason is not right'],
  [['stop', '--reason', 'x'.repeat(1001)], '--reason is not right'],
  [['stop', '--reason', 'drill', '--by', ''], '--by is not right'],
  [['stop', '--reason', 'a', 'drill'], 'there is drill after stop, quote the reason'],
  [['show', '--endpoint', 'here'], '--endpoint is here, give an address such as http://127.0.0.1:4566'],
  [['show', '--now'], "Unknown option '--now'"],
])('%o is refused with its remedy', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});
