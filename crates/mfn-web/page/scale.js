// Which potentials the colours go from and to.

const BINS = 1024;
const LEAST_SPAN_MV = 1e-3;
// The share of cells at either end whose potentials may lie beyond the scale.
const SPARED = 0.005;

// The ends of the scale for a frame, in mV; `fixed` has those of a fixed one.
export function scaleOf(mode, frame, fixed) {
  if (mode === "fixed" && fixed) return fixed;
  if (mode === "range") return atLeast(frame.min, frame.max);
  return atLeast(...percentiles(frame, SPARED, 1 - SPARED));
}

function atLeast(low, high) {
  const missing = Math.max(0, LEAST_SPAN_MV - (high - low));
  return { low: low - missing / 2, high: high + missing / 2 };
}

// Between neighbours of a histogram, twice, so that a few high spikes do not coarsen
// the rest: the second has the bins of the first around the percentiles.
function percentiles({ field, min, max }, lower, upper) {
  const [low, high] = within(field, min, max, lower, upper);
  const bin = (max - min) / BINS;
  return within(field, Math.max(min, low - bin), Math.min(max, high + bin), lower, upper);
}

function within(field, from, to, lower, upper) {
  const counts = new Uint32Array(BINS);
  const factor = BINS / (to - from || 1);
  let below = 0;
  for (let c = 0; c < field.length; c += 1) {
    const bin = Math.floor((field[c] - from) * factor);
    if (bin < 0) below += 1;
    else if (bin < BINS) counts[bin] += 1;
  }
  const at = (share) => {
    let seen = below;
    let bin = 0;
    while (bin < BINS - 1 && seen + counts[bin] < share * field.length) seen += counts[bin++];
    return from + (bin + 0.5) / factor;
  };
  return [at(lower), at(upper)];
}
