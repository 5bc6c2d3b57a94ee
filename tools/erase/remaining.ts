/** Hours that the stream keeps records, unless it is changed. */
const streamHours = 48;

/**
 * What an erasure does not reach, and until when it is there. A report that left it out would not be true.
 *
 * @param at when the erasure was done
 */
export function remaining(at: Date): string[] {
  const after = (hours: number) => new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 16);
  const days = (count: number) => after(count * 24);
  return [
    `stream: the application as it was sent, until ${after(streamHours)}; what is read from it again until then would be a new`,
    '  copy, so run this once more after that',
    `tables: earlier states (point-in-time recovery), until ${days(35)}; restoring one takes a right that no role here has`,
    `audit keys: earlier states of their table, until ${days(7)}; the same`,
    'data lake: loans of the person in the table and its snapshots, under the pseudonym, until somebody deletes and expires them',
    'raw files of the history: names as they were delivered, until whoever delivers them does so anew without the person',
    'reports of the history: up to five loan numbers for each rule that a file broke, with no name',
    'audit queue: entries on their way; they are sealed with a key that is forgotten at once',
    'audit log: that entries were made, of which size, and the ids of applications in its index and batches; nothing of what',
    '  they say, and nothing else here says any more whose ids they were',
    'counts by industry, region and day, and what models learned: sums over many, in which nobody is singled out',
  ];
}
