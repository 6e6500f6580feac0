// The five RPCs as every client here calls them, and what it must be told: in Node as
// in a browser. Expected are the numbers that the specification gives as examples.

import { BadRequestSchema, ErrorInfoSchema } from "./generated/error_details_pb.js";
import { MFNFeaturesService, MFNSimulationService, MFNValidationService } from "./generated/mfn_pb.js";

export const CALLS = [
  {
    service: MFNSimulationService,
    method: "runSimulation",
    request: { requestId: "test-123", seed: 42, gridSize: 64, steps: 64 },
    pick: (answer) => [answer.requestId, answer.growthEvents, answer.potStdMV, answer.fractalDimension],
    expected: ["test-123", 12, 0.2653309280749535, 1.774263517239971],
  },
  {
    service: MFNSimulationService,
    method: "streamSimulation",
    request: { seed: 42, streamInterval: 30, includeField: true },
    pick: (frames) => [
      ...frames.map((frame) => [frame.step, frame.isFinal, frame.field.valuesMV.length]),
      frames.at(-1).fractalDimension,
    ],
    expected: [[30, false, 4096], [60, false, 4096], [64, true, 4096], 1.774263517239971],
  },
  {
    service: MFNFeaturesService,
    method: "extractFeatures",
    request: { seed: 42, turingEnabled: true },
    pick: (answer) => [answer.lacunarity, answer.activeNodes, answer.hurstExponent],
    expected: [1.5406517502976407, 2063, 0.7628398634846906],
  },
  {
    service: MFNFeaturesService,
    method: "streamFeatures",
    request: { seed: 42, streamInterval: 32, turingEnabled: true },
    pick: (frames) => [frames.map((frame) => frame.step), frames.at(-1).lacunarity],
    expected: [[32, 64], 1.5406517502976407],
  },
  {
    service: MFNValidationService,
    method: "validatePattern",
    request: { seed: 42, gridSize: 32, steps: 16, turingEnabled: true },
    pick: (answer) => answer.lossStart,
    expected: 1.7555064553603548,
  },
];
export const EXPECTED = CALLS.map(({ expected }) => expected);

// A request with two faults, and what is told of it.
export const FAULTY = { requestId: "test-124", gridSize: 3, alpha: 0.5 };
export const REFUSED = {
  code: 3,
  reason: "PARAMETER_OUT_OF_RANGE",
  fields: ["grid_size", "alpha"],
  requestId: "test-124",
};

// What the five calls are answered by clients that `clientOf` makes for a service.
export async function answersOf(clientOf) {
  const answers = [];
  for (const { service, method, request, pick } of CALLS) {
    const answer = clientOf(service)[method](request);
    answers.push(pick(Symbol.asyncIterator in answer ? await collected(answer) : await answer));
  }
  return answers;
}

// What `error`, a ConnectError, tells.
export function told(error) {
  const [bad] = error.findDetails(BadRequestSchema);
  const [info] = error.findDetails(ErrorInfoSchema);
  return {
    code: error.code,
    reason: info?.reason,
    fields: (bad?.fieldViolations ?? []).map(({ field }) => field),
    requestId: error.metadata.get("x-request-id"),
  };
}

// What a call of a promise client is refused with.
export async function refusalOf(call) {
  try {
    await call();
  } catch (error) {
    return told(error);
  }
  return "not refused";
}

export async function collected(stream) {
  const messages = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
