// A curve drawn by hand, month by month: a pointer sweeps over it, or a few years are given and joined straight.

/** An empty curve over so many months that begins at a given value. */
export function emptyCurve(length, start) {
  const values = new Array(length).fill(null);
  values[0] = start;
  return values;
}

/** The curve after a stroke from one point to another, {place, value} each; the months between are filled straight. */
export function stroke(curve, from, to) {
  const values = curve.slice();
  const [left, right] = from.place <= to.place ? [from, to] : [to, from];
  for (let place = left.place; place <= right.place; place += 1) {
    const way = right.place === left.place ? 1 : (place - left.place) / (right.place - left.place);
    const value = right.place === left.place ? to.value : left.value + way * (right.value - left.value);
    if (place > 0 && place < values.length) values[place] = value;
  }
  return bridged(values);
}

/** The curve through given points, {place, value}, and its own start. */
export function through(length, start, points) {
  const values = emptyCurve(length, start);
  for (const { place, value } of points) if (place > 0) values[place] = value;
  return bridged(values);
}

/** Gaps between what was drawn are joined; what lies after the last point stays empty. */
export function bridged(curve) {
  const values = curve.slice();
  let known = 0;
  for (let place = 1; place < values.length; place += 1) {
    if (values[place] === null) continue;
    for (let gap = known + 1; gap < place; gap += 1) {
      values[gap] = values[known] + ((gap - known) / (place - known)) * (values[place] - values[known]);
    }
    known = place;
  }
  return values;
}

/** Where two curves are farthest apart, {place, gap} with gap = theirs less ours; null where they never meet. */
export function farthest(ours, theirs) {
  let found = null;
  ours.forEach((value, place) => {
    if (place === 0 || value === null || theirs[place] === null || theirs[place] === undefined) return;
    const gap = theirs[place] - value;
    if (!found || Math.abs(gap) > Math.abs(found.gap)) found = { place, gap };
  });
  return found;
}

/** The mean distance of two curves over the months that both have. */
export function meanGap(ours, theirs) {
  const gaps = [];
  ours.forEach((value, place) => {
    if (place > 0 && value !== null && Number.isFinite(theirs[place])) gaps.push(Math.abs(theirs[place] - value));
  });
  return gaps.length ? gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length : null;
}
