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
    `data lake: data files of the expired snapshots as earlier versions of objects, until ${days(30)}`,
    'raw files of the history: names as they were delivered, until whoever delivers them does so anew without the person;',
    '  the version before goes 30 days after that, or at once if it is deleted by its version id',
    'list of the erased in the history: the pseudonym, for as long as raw files may have the person, so that nobody comes back',
    'reports of the history: up to five loan numbers for each rule that a file broke, with no name',
    'audit queue: entries on their way; they are sealed with a key that is forgotten at once',
    'audit log: that entries were made, of which size, and the ids of applications in its index and batches; nothing of what',
    '  they say, and nothing else here says any more whose ids they were',
    'counts by industry, region and day, and what models learned: sums over many, in which nobody is singled out',
  ];
}
