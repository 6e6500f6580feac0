// What a person sees on the page and does to it.

import { openPage } from "./browser.js";

// Opens the page of a server with these parameters in its address.
export async function openField(browser, server, parameters = {}, options = {}) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${server.origin}/?${new URLSearchParams(parameters)}`);
  return { ...opened, field: new Field(opened.page) };
}

export class Field {
  constructor(page) {
    this.page = page;
  }

  control(id) {
    return this.page.locator(`#${id}`);
  }

  // The step that is shown; 0 where there is none.
  async step() {
    const text = await this.control("step").textContent();
    return Number(/^step (\d+)/.exec(text)?.[1] ?? 0);
  }

  async stepIs(step) {
    await this.page.waitForFunction(
      (expected) => document.getElementById("step").textContent.startsWith(`step ${expected} `),
      step,
    );
  }

  // Waits until the run has ended and its features are there.
  async ended() {
    await this.page.waitForFunction(() => document.getElementById("status").textContent.startsWith("The run has ended"));
  }

  async failed() {
    await this.control("failure").waitFor();
    return this.control("failure-text").textContent();
  }

  // A number that is another one when another picture is shown.
  picture() {
    return this.page.evaluate(() => {
      const lattice = document.getElementById("lattice");
      const { width, height } = lattice;
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(lattice, 0, 0);
      return copy.getImageData(0, 0, width, height).data.reduce((hash, byte) => (hash * 31 + byte) | 0, width);
    });
  }

  // The bytes of the file that a control has the browser keep, and its name.
  async download(id) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.control(id).click()]);
    const stream = await download.createReadStream();
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  }

  isPlaying() {
    return this.page.evaluate(() => document.body.classList.contains("playing"));
  }
}
