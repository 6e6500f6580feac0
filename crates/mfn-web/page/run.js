// The calls of one run.

import { stream, unary } from "./connect.js";
import { decodeFrame, encodeStreamRequest } from "./messages.js";
import { credentials } from "./signing.js";

const STREAM = "mfn.MFNSimulationService/StreamSimulation";
const FEATURES = "mfn.MFNFeaturesService/ExtractFeatures";

// Frames are taken for so many milliseconds between two pictures of the screen: they may
// come by the hundred a second, and drawing needs its time too.
const TAKING_MS = 8;
// A page that is not seen has no pictures.
const LONGEST_PAUSE_MS = 100;

// Gives `take` each frame of the simulation as it comes. Once `signal` has aborted it takes
// nothing any more, though frames may have come: another run may have begun.
export async function simulate(values, key, signal, take) {
  const headers = await credentials(key, STREAM);
  let since = performance.now();
  for await (const bytes of stream(STREAM, encodeStreamRequest(values), { headers, signal })) {
    signal.throwIfAborted();
    take(decodeFrame(bytes));
    if (performance.now() - since < TAKING_MS) continue;
    await nextPicture();
    since = performance.now();
  }
  signal.throwIfAborted();
}

function nextPicture() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, LONGEST_PAUSE_MS);
  });
}

// The features of the final field of the same parameters.
export async function extractFeatures(values, key, signal) {
  const { stream_interval: _, ...unaryValues } = values;
  return unary(FEATURES, unaryValues, { headers: await credentials(key, FEATURES), signal });
}
