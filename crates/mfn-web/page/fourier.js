// The power spectrum of a field of any size.

// P(k) = |F(k)|^2 / N^4 in mV^2, row by row, F being the discrete Fourier transform
// of the potential less its mean.
export function powerSpectrum(field, size) {
  const mean = field.reduce((sum, mv) => sum + mv, 0) / field.length;
  const real = Float64Array.from(field, (mv) => mv - mean);
  const imaginary = new Float64Array(field.length);
  const transform = transformOf(size);
  for (let row = 0; row < size; row += 1) {
    const [from, to] = [row * size, (row + 1) * size];
    transform(real.subarray(from, to), imaginary.subarray(from, to));
  }
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  const power = new Float64Array(field.length);
  for (let column = 0; column < size; column += 1) {
    for (let row = 0; row < size; row += 1) {
      re[row] = real[row * size + column];
      im[row] = imaginary[row * size + column];
    }
    transform(re, im);
    for (let row = 0; row < size; row += 1) {
      power[row * size + column] = (re[row] ** 2 + im[row] ** 2) / size ** 4;
    }
  }
  return power;
}

// The transform of `size` complex values in place. Any size becomes a convolution
// whose size is a power of two (L. Bluestein, IEEE Trans. Audio Electroacoust. 18,
// 1970, 451).
function transformOf(size) {
  if (Number.isInteger(Math.log2(size))) return radix2(size);
  const padded = 2 ** Math.ceil(Math.log2(2 * size - 1));
  const fast = radix2(padded);
  // exp(-i pi k^2 / size), where k^2 matters modulo 2 size only.
  const angle = (k) => (Math.PI * ((k * k) % (2 * size))) / size;
  const cosines = Float64Array.from({ length: size }, (_, k) => Math.cos(angle(k)));
  const sines = Float64Array.from({ length: size }, (_, k) => Math.sin(angle(k)));
  const [kernelRe, kernelIm] = [new Float64Array(padded), new Float64Array(padded)];
  for (let k = 0; k < size; k += 1) {
    kernelRe[k] = kernelRe[(padded - k) % padded] = cosines[k];
    kernelIm[k] = kernelIm[(padded - k) % padded] = sines[k];
  }
  fast(kernelRe, kernelIm);
  const [a, b] = [new Float64Array(padded), new Float64Array(padded)];
  return (re, im) => {
    a.fill(0);
    b.fill(0);
    for (let k = 0; k < size; k += 1) {
      a[k] = re[k] * cosines[k] + im[k] * sines[k];
      b[k] = im[k] * cosines[k] - re[k] * sines[k];
    }
    fast(a, b);
    for (let k = 0; k < padded; k += 1) {
      const product = a[k] * kernelRe[k] - b[k] * kernelIm[k];
      // Conjugated, so that the same transform leads back.
      b[k] = -(a[k] * kernelIm[k] + b[k] * kernelRe[k]);
      a[k] = product;
    }
    fast(a, b);
    for (let k = 0; k < size; k += 1) {
      const [x, y] = [a[k] / padded, -b[k] / padded];
      re[k] = x * cosines[k] + y * sines[k];
      im[k] = y * cosines[k] - x * sines[k];
    }
  };
}

// The transform of a power of two (J. Cooley and J. Tukey, Math. Comp. 19, 1965, 297).
function radix2(size) {
  const cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const bits = Math.log2(size);
  const reversed = Uint32Array.from({ length: size }, (_, k) => {
    let turned = 0;
    for (let bit = 0; bit < bits; bit += 1) turned |= ((k >> bit) & 1) << (bits - 1 - bit);
    return turned;
  });
  return (re, im) => {
    reversed.forEach((other, k) => {
      if (other <= k) return;
      [re[k], re[other]] = [re[other], re[k]];
      [im[k], im[other]] = [im[other], im[k]];
    });
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k += 1) {
          const [c, s] = [cosines[k * stride], sines[k * stride]];
          const [low, high] = [start + k, start + k + half];
          const x = re[high] * c + im[high] * s;
          const y = im[high] * c - re[high] * s;
          re[high] = re[low] - x;
          im[high] = im[low] - y;
          re[low] += x;
          im[low] += y;
        }
      }
    }
  };
}
