// The numbers that the page shows are those of the server, and its curves and pictures say
// what they are.

import assert from "node:assert/strict";
import { MFNFeaturesService, MFNSimulationService } from "./generated/mfn_pb.js";
import { clientOf } from "./node_client.js";
import { SMALL, withPages } from "./page_tests.js";

const { servers, ofPage } = withPages();

ofPage("statistics and features are those of the server", { ...SMALL, turing_enabled: "true" }, async (field) => {
  await field.ended();
  const request = { seed: 42, gridSize: 32, steps: 40, turingEnabled: true };
  const result = await clientOf(servers.open, MFNSimulationService).runSimulation(request);
  const features = await clientOf(servers.open, MFNFeaturesService).extractFeatures(request);
  const shown = await field.page.locator("#curves output").allTextContents();
  const numbers = shown.map((text) => Number(text.replace("−", "-").replace(/[^\d.-]/g, "")));
  const expected = [result.potMaxMV, result.potMeanMV, result.potMinMV, result.potStdMV, result.fractalDimension, result.growthEvents];
  expected.forEach((value, k) => assert.ok(Math.abs(numbers[k] - value) < 0.006, `${shown[k]} is not ${value}`));
  const titles = await field.page.locator("#feature-values dd").evaluateAll((all) => all.map((dd) => Number(dd.title)));
  assert.deepEqual(titles, [
    features.fractalDimension, features.hurstExponent, features.lacunarity, features.spectralEnergyMean,
    features.spectralEnergyStd, features.activeNodes, features.edgeDensity, features.clusteringCoefficient,
  ]);
});

ofPage("a feature's line has the slope that the server gives", SMALL, async (field) => {
  await field.ended();
  const slopes = await field.page.evaluate(async () => {
    const { boxCounts, fit, variogram } = await import("./page/analysis.js");
    const { stream } = await import("./page/connect.js");
    const { decodeFrame, encodeStreamRequest } = await import("./page/messages.js");
    const request = encodeStreamRequest({ seed: 42, grid_size: 50, steps: 40, stream_interval: 40 });
    const slope = (points) => Math.log(fit(points)(Math.E) / fit(points)(1));
    for await (const bytes of stream("mfn.MFNSimulationService/StreamSimulation", request, {})) {
      const frame = decodeFrame(bytes);
      return [-slope(boxCounts(frame.field, frame.size)), slope(variogram(frame.field, frame.size)) / 2];
    }
  });
  const features = await clientOf(servers.open, MFNFeaturesService).extractFeatures({ seed: 42, gridSize: 50, steps: 40 });
  assert.ok(Math.abs(slopes[0] - features.fractalDimension) < 1e-9);
  assert.ok(Math.abs(slopes[1] - features.hurstExponent) < 1e-9);
});

ofPage("the power spectrum has the field's variance at any size", {}, async (field) => {
  const worst = await field.page.evaluate(async () => {
    const { powerSpectrum } = await import("./page/fourier.js");
    let worst = 0;
    for (const size of [4, 5, 16, 37, 48]) {
      const values = Float64Array.from({ length: size * size }, (_, c) => Math.sin(c * c) - 70);
      const mean = values.reduce((sum, value) => sum + value) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const total = powerSpectrum(values, size).reduce((sum, value) => sum + value);
      worst = Math.max(worst, Math.abs(total / variance - 1));
    }
    return worst;
  });
  assert.ok(worst < 1e-9, `${worst}`);
});

ofPage("the scale follows the field or stays", SMALL, async (field) => {
  await field.ended();
  const labels = () => field.control("bar-labels").getAttribute("aria-label");
  const following = await labels();
  await field.control("scale").selectOption("range");
  const whole = await labels();
  assert.notEqual(whole, following);
  await field.control("scale").selectOption("fixed");
  await field.control("low").fill("-72");
  await field.control("high").fill("-68.5");
  assert.match(await labels(), /from −72.00 to −68.50 mV/);
  const picture = await field.picture();
  await field.control("first").click();
  assert.match(await labels(), /from −72.00 to −68.50 mV/);
  assert.notEqual(await field.picture(), picture);
  await field.control("high").fill("-80");
  assert.match(await field.control("scale-error").textContent(), /from a lower to a higher/);
  await field.control("high").fill("-60");
  assert.equal(await field.control("scale-error").textContent(), "");
  assert.match(field.page.url(), /scale=fixed&low=-72&high=-60/);
});

ofPage("the pointer reads a cell", SMALL, async (field) => {
  await field.ended();
  await field.control("lattice").hover({ position: { x: 2, y: 2 } });
  const result = await clientOf(servers.open, MFNSimulationService).runSimulation({ seed: 42, gridSize: 32, steps: 40, includeField: true });
  const expected = result.field.valuesMV[0].toFixed(4).replace("-", "−");
  assert.equal(await field.control("readout").textContent(), `row 0, column 0: ${expected} mV`);
});

for (const [name, parameters] of [
  ["of 10000 steps", { seed: "42", grid_size: "4", steps: "10000", stream_interval: "100", spike_probability: "1" }],
  ["of a field that hardly changes", { seed: "7", grid_size: "8", steps: "10000", stream_interval: "10", spike_probability: "0" }],
]) {
  ofPage(`no label of a chart is cut off, ${name}`, parameters, async (field) => {
    await field.ended();
    const cut = await field.page.evaluate(() =>
      [...document.querySelectorAll("figure svg text")]
        .filter((label) => {
          const [box, all] = [label.getBoundingClientRect(), label.ownerSVGElement.getBoundingClientRect()];
          return box.left < all.left || box.right > all.right || box.top < all.top || box.bottom > all.bottom;
        })
        .map((label) => label.textContent),
    );
    assert.deepEqual(cut, []);
  });
}
