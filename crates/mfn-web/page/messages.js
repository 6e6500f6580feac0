// The few messages of mfn.proto and google.rpc that the page writes and reads, in
// protobuf's binary form. Streams speak it because a field of doubles then needs no
// parsing: 256 x 256 values are taken over from the wire as they lie there.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

// The bytes of a SimulationStreamRequest. Absent parameters have their defaults.
export function encodeStreamRequest(parameters) {
  const bytes = [];
  const varint = (number, value) => {
    if (value === undefined) return;
    bytes.push(number * 8 + VARINT);
    // An int32 below zero is sent as the int64 of the same value.
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
  };
  const double = (number, value) => {
    if (value === undefined) return;
    const place = new DataView(new ArrayBuffer(8));
    place.setFloat64(0, value, true);
    bytes.push(number * 8 + FIXED64, ...new Uint8Array(place.buffer));
  };
  varint(2, parameters.seed);
  varint(3, parameters.grid_size);
  varint(4, parameters.steps);
  varint(5, parameters.stream_interval);
  double(6, parameters.alpha);
  double(7, parameters.spike_probability);
  varint(8, parameters.turing_enabled ? 1 : undefined);
  varint(9, 1); // include_field
  return new Uint8Array(bytes);
}

// A SimulationFrame; potentials in mV, row by row.
export function decodeFrame(bytes) {
  const frame = {
    step: 0, growthEvents: 0, mean: 0, dimension: 0, min: 0, max: 0, std: 0, isFinal: false, size: 0, field: null,
  };
  const names = {
    2: "step", 3: "growthEvents", 4: "mean", 5: "dimension", 6: "min", 7: "max", 8: "std",
  };
  for (const [number, value] of fields(bytes)) {
    if (number in names) frame[names[number]] = value;
    else if (number === 9) frame.isFinal = value !== 0;
    else if (number === 10) decodeField(value, frame);
  }
  return frame;
}

function decodeField(bytes, frame) {
  for (const [number, value] of fields(bytes)) {
    if (number === 1) frame.size = value;
    // The copy puts the doubles where an array of doubles may begin.
    else if (number === 2) frame.field = new Float64Array(value.slice().buffer);
  }
}

// The field violations of a google.rpc.BadRequest.
export function decodeBadRequest(bytes) {
  const violations = [];
  for (const [number, value] of fields(bytes)) {
    if (number !== 1) continue;
    const violation = { field: "", description: "" };
    for (const [part, bytesOfPart] of fields(value)) {
      if (part === 1) violation.field = text(bytesOfPart);
      else if (part === 2) violation.description = text(bytesOfPart);
    }
    violations.push(violation);
  }
  return violations;
}

// The reason of a google.rpc.ErrorInfo, or the id of a google.rpc.RequestInfo.
export function decodeFirstString(bytes) {
  for (const [number, value] of fields(bytes)) if (number === 1) return text(value);
  return "";
}

// The delay of a google.rpc.RetryInfo, in seconds.
export function decodeRetryInfo(bytes) {
  let seconds = 0;
  for (const [number, duration] of fields(bytes)) {
    if (number !== 1) continue;
    for (const [part, value] of fields(duration)) seconds += part === 1 ? value : value / 1e9;
  }
  return seconds;
}

// The fields of a message: [number, value], where a value is a number or bytes.
function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        yield [number, varint()];
        break;
      case FIXED64:
        yield [number, view.getFloat64(at, true)];
        at += 8;
        break;
      case LENGTH_DELIMITED: {
        const length = varint();
        if (at + length > bytes.length) throw new RangeError("a field is longer than its message");
        yield [number, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      case FIXED32:
        at += 4;
        break;
      default:
        throw new RangeError(`a field has the unknown wire type ${tag % 8}`);
    }
  }
}

function text(bytes) {
  return new TextDecoder().decode(bytes);
}
