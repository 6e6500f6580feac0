// What a picture says of itself in its file, as `mfn simulate --png` has it too.

// The signature, and the chunk IHDR with its length, name and checksum.
const BEFORE_TEXTS = 8 + 4 + 4 + 13 + 4;

// The PNG file `png` with chunks `tEXt`: texts of Latin-1 by their keywords
// (https://www.w3.org/TR/png-3/#11tEXt).
export function withTexts(png, texts) {
  const chunks = Object.entries(texts).map(([keyword, text]) => chunk("tEXt", latin1(`${keyword}\0${text}`)));
  const parts = [png.subarray(0, BEFORE_TEXTS), ...chunks, png.subarray(BEFORE_TEXTS)];
  const file = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(name, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(latin1(name), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function latin1(text) {
  return Uint8Array.from(text, (letter) => (letter.charCodeAt(0) < 256 ? letter.charCodeAt(0) : 63));
}

// https://www.w3.org/TR/png-3/#5CRC-algorithm
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
