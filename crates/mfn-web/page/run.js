// The calls of one run.

import { stream, unary } from "./connect.js";
import { decodeFrame, encodeStreamRequest } from "./messages.js";
import { credentials } from "./signing.js";

const STREAM = "mfn.MFNSimulationService/StreamSimulation";
const FEATURES = "mfn.MFNFeaturesService/ExtractFeatures";

// Gives `take` each frame of the simulation as it comes.
export async function simulate(values, key, signal, take) {
  const headers = await credentials(key, STREAM);
  for await (const bytes of stream(STREAM, encodeStreamRequest(values), { headers, signal })) {
    take(decodeFrame(bytes));
  }
}

// The features of the final field of the same parameters.
export async function extractFeatures(values, key, signal) {
  const { stream_interval: _, ...unaryValues } = values;
  return unary(FEATURES, unaryValues, { headers: await credentials(key, FEATURES), signal });
}
