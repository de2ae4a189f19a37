// Whose dead letters give way where there is no room for all: the oldest of whoever has most, so that one noisy sender pushes out nobody else's.

/** `held`: how many there are of each source, the new ones among them. How many each has to give up, so that `max` are left. */
export function lettersToDrop(held: ReadonlyMap<string, number>, max: number): ReadonlyMap<string, number> {
  const left = new Map(held);
  let excess = [...held.values()].reduce((sum, count) => sum + count, 0) - max;
  while (excess > 0) {
    const [[source, most], [, next]] = twoLargest(left);
    // Down to where another has as many; from there on they take turns.
    const dropped = Math.min(excess, Math.max(1, most - next));
    left.set(source, most - dropped);
    excess -= dropped;
  }
  return new Map(
    [...held].flatMap(([source, count]) => (left.get(source)! < count ? [[source, count - left.get(source)!]] : [])),
  );
}

type Holding = readonly [source: string, count: number];

function twoLargest(held: ReadonlyMap<string, number>): readonly [Holding, Holding] {
  let [first, second]: [Holding, Holding] = [
    ['', 0],
    ['', 0],
  ];
  for (const each of held) {
    if (each[1] > first[1]) [first, second] = [each, first];
    else if (each[1] > second[1]) second = each;
  }
  return [first, second];
}
