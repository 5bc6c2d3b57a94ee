import { expect, test } from 'vitest';
import { tally } from '../../scripts/junit.ts';

test('counts cases by result, whatever the suites say of themselves', () => {
  const xml = `<testsuites tests="9"><testsuite failures="0">
    <testcase name="a" time="0.1"/>
    <testcase name="b &gt; c"><failure message="no"/></testcase>
    <testcase name="d"><error>fixture</error></testcase>
    <testcase name="e"><skipped/></testcase>
    <testcase name="f"><system-out>said</system-out></testcase>
  </testsuite></testsuites>`;
  expect(tally(xml)).toEqual({ passed: 2, failed: 2, skipped: 1 });
});

test('a report without cases has none', () => {
  expect(tally('<testsuites/>')).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
