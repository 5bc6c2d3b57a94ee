/** How many tests a suite ran, by result. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noTests: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * Counts the test cases of a JUnit report.
 *
 * Cases are counted one by one: the totals in the suites' attributes disagree between writers (pytest counts an
 * error in a fixture beside the test, Vitest nests suites).
 */
export function tally(xml: string): Tally {
  let result = noTests;
  for (const [, selfClosed, body] of xml.matchAll(/<testcase\b[^>]*?(?:(\/>)|>([\s\S]*?)<\/testcase>)/g)) {
    const inside = selfClosed ? '' : (body ?? '');
    if (/<(failure|error)\b/.test(inside)) result = add(result, { ...noTests, failed: 1 });
    else if (/<skipped\b/.test(inside)) result = add(result, { ...noTests, skipped: 1 });
    else result = add(result, { ...noTests, passed: 1 });
  }
  return result;
}
