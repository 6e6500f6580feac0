// Elements of a drawing.

const SVG = "http://www.w3.org/2000/svg";

// An element with these attributes and children, which may be text.
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The path through points [x, y], in hundredths of a pixel.
export function path(points) {
  return points.map(([x, y], k) => `${k === 0 ? "M" : "L"}${x.toFixed(2)} ${y.toFixed(2)}`).join("");
}
