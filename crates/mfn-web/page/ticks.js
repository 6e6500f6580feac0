// Round numbers for axes, and how numbers are written.

// Integers times 1, 2 or 5 times a power of ten from `low` to `high`; not more than
// fit `intervals` between them.
export function ticks(low, high, intervals) {
  if (!(high > low)) return [];
  const least = (high - low) / intervals;
  const power = Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => least <= f * 10 ** power * (1 + 1e-9)) ?? 10;
  const step = factor * 10 ** power;
  const decimals = Math.max(0, -(factor === 10 ? power + 1 : power));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) {
    found.push({ value: k * step, label: written(k * step, Math.min(decimals, 9)) });
  }
  return found;
}

// Ticks of a logarithmic axis: 1, 2 and 5 times powers of ten, or powers alone
// where these are more than `most`.
export function logTicks(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))];
  const within = (every, factors) => {
    const found = [];
    for (let power = first; power <= last; power += 1) {
      if (power % every !== 0) continue;
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (value >= low && value <= high) found.push({ value, label: ofPower(factor, power) });
      }
    }
    return found;
  };
  const fine = within(1, [1, 2, 5]);
  if (fine.length < 2) return ticks(low, high, most - 1);
  if (fine.length <= most) return fine;
  for (let every = 1; ; every += 1) {
    const coarse = within(every, [1]);
    if (coarse.length <= most) return coarse;
  }
}

function ofPower(factor, power) {
  if (power >= -3 && power <= 4) return written(factor * 10 ** power, Math.max(0, -power));
  return `${factor === 1 ? "" : `${factor}·`}10${raised(power)}`;
}

// A whole number as an exponent.
function raised(power) {
  return String(power).replace("-", "\u207b").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
}

// A number with so many decimals and a minus as long as a plus.
export function written(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

// A number with about `digits` significant digits; a whole one as it is.
export function significant(value, digits) {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return written(value, 0);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [factor, power] = value.toExponential(digits - 1).split("e");
    return `${factor.replace("-", "\u2212")}·10${raised(Number(power))}`;
  }
  const before = size < 1 ? 0 : Math.floor(Math.log10(size)) + 1;
  return written(value, Math.max(0, digits - before));
}
