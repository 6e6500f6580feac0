// What the features of a field are read off, as spec/features.md and
// spec/statistics.md define it. The features themselves are the server's: these
// points are for looking at, and need not have its last bits.

import { powerSpectrum } from "./fourier.js";

// [edge of a box, boxes with an active cell].
export function boxCounts(field, size) {
  const mean = field.reduce((sum, mv) => sum + mv, 0) / field.length;
  const points = [];
  for (const edge of boxSizes(size)) {
    const across = Math.floor(size / edge);
    const occupied = new Uint8Array(across * across);
    for (let row = 0; row < across * edge; row += 1) {
      for (let column = 0; column < across * edge; column += 1) {
        if (field[row * size + column] > mean) {
          occupied[Math.floor(row / edge) * across + Math.floor(column / edge)] = 1;
        }
      }
    }
    const count = occupied.reduce((sum, one) => sum + one, 0);
    if (count > 0) points.push([edge, count]);
  }
  return points;
}

// The largest integers s with s^4 <= 2^(4-k) * M^k, for k = 0 to 4 (MFN-STAT-007).
function boxSizes(size) {
  const largest = Math.max(2, Math.min(32, Math.floor(size / 2)));
  const sizes = [0, 1, 2, 3, 4].map((k) => {
    let edge = 2;
    while ((edge + 1) ** 4 <= 2 ** (4 - k) * largest ** k) edge += 1;
    return edge;
  });
  return [...new Set(sizes)];
}

// [lag, mean square difference of cells so far apart, in mV^2].
export function variogram(field, size) {
  const points = [];
  for (let lag = 1; lag <= Math.floor(size / 4); lag *= 2) {
    let sum = 0;
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const here = field[row * size + column];
        sum += (field[row * size + ((column + lag) % size)] - here) ** 2;
        sum += (field[((row + lag) % size) * size + column] - here) ** 2;
      }
    }
    if (sum > 0) points.push([lag, sum / (2 * size * size)]);
  }
  return points;
}

// [wavenumber, mean power in mV^2 of the wave vectors of about that length].
export function radialSpectrum(field, size) {
  const shells = Math.floor(size / 2) + 1;
  const [sums, counts] = [new Float64Array(shells), new Float64Array(shells)];
  const power = powerSpectrum(field, size);
  for (let k = 0; k < size; k += 1) {
    for (let l = 0; l < size; l += 1) {
      const shell = Math.round(Math.hypot(Math.min(k, size - k), Math.min(l, size - l)));
      if (shell === 0 || shell >= shells) continue;
      sums[shell] += power[k * size + l];
      counts[shell] += 1;
    }
  }
  const points = Array.from(sums, (sum, shell) => [shell, sum / counts[shell]]);
  return points.filter(([, mean]) => mean > 0);
}

// The straight line of least squares through ln y on ln x, as a function of x.
export function fit(points) {
  const logarithms = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (at) => logarithms.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const over = logarithms.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  const under = logarithms.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  return (x) => Math.exp(y0 + (over / under) * (Math.log(x) - x0));
}
