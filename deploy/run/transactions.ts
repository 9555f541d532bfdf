/** Transactions as MySQL writes them (`uuid:1-5:7,uuid:1`), as the ranges of numbers of each origin. */
type Transactions = Map<string, [first: number, last: number][]>;

/** Whether a set of transactions, as MySQL writes it, contains another one. */
export function contains(set: string, other: string): boolean {
  const mine = rangesOf(set);
  return [...rangesOf(other)].every(([origin, ranges]) =>
    ranges.every(([first, last]) =>
      (mine.get(origin) ?? []).some(([from, to]) => from <= first && last <= to),
    ),
  );
}

/** How many transactions a set has. */
export function countOf(set: string): number {
  const ranges = [...rangesOf(set).values()].flat();
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function rangesOf(set: string): Transactions {
  const ranges: Transactions = new Map();
  for (const part of set.split(/,\s*/).filter(Boolean)) {
    const [origin = '', ...spans] = part.split(':');
    const read = spans.map((span): [number, number] => {
      const [first = 0, last = first] = span.split('-').map(Number);
      return [first, last];
    });
    ranges.set(origin, read);
  }
  return ranges;
}
