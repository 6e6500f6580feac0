// The frames of one run, which can be looked at again in any order.
//
// The stream is read as fast as it comes, whatever is shown meanwhile: so a pause
// does not keep the server waiting. All numbers of a run are kept; of its fields,
// where they are too many for the memory, every second, then every fourth, and so on.

const FIELD_BYTES = 192 * 2 ** 20;

export class Recording {
  frames = [];
  // Fields are kept of every so many frames, and of the last.
  stride = 1;
  // "complete", "stopped" or "broken" once no frame will follow; undefined until then.
  ending;
  #bytes = 0;

  push(frame) {
    const last = this.frames.length - 1;
    if (last >= 0 && last % this.stride !== 0) this.#forget(last);
    this.frames.push(frame);
    this.#bytes += frame.field.byteLength;
    while (this.#bytes > FIELD_BYTES && this.stride < this.frames.length) this.#thin();
  }

  // The first ending is the one that holds.
  end(ending) {
    this.ending ??= ending;
  }

  get last() {
    return this.frames.at(-1);
  }

  // The frame nearest to `index`, in the direction of `towards`, that has a field.
  nearest(index, towards) {
    let at = Math.max(0, Math.min(this.frames.length - 1, index));
    // The first and the last have one.
    while (this.frames[at] && !this.frames[at].field) at += towards;
    return this.frames[at] ? at : -1;
  }

  #thin() {
    this.stride *= 2;
    for (let at = 0; at < this.frames.length - 1; at += 1) {
      if (at % this.stride !== 0) this.#forget(at);
    }
  }

  #forget(at) {
    this.#bytes -= this.frames[at].field?.byteLength ?? 0;
    this.frames[at].field = null;
  }
}
