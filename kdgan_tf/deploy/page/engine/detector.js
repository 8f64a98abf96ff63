// A model and its sidecar: scores, decisions, and the test of itself.
"use strict";

// How far a golden vector's score may be off, as a share of it or of the
// threshold. Each sum is rounded as in LiteRT; where instance normalisation
// divides, the last bit of a float may differ, and one activation by a step.
const GOLDEN_TOLERANCE = 0.02;
// Where XNNPACK refuses the file, the promise was rounded otherwise.
const OTHER_KERNELS_TOLERANCE = 0.1;

function fromBase64(text) {
  // Browsers have atob; a bare JavaScript engine does not.
  const digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const length = Math.floor((text.replace(/=+$/, "").length * 3) / 4);
  const bytes = new Uint8Array(length);
  const value = {};
  [...digits].forEach((digit, i) => (value[digit] = i));
  let [bits, held, at] = [0, 0, 0];
  for (const digit of text) {
    if (!(digit in value)) continue;
    bits = ((bits << 6) | value[digit]) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 255;
    }
  }
  return bytes;
}

class Detector {
  constructor(modelBytes, sidecar) {
    if (modelBytes.length !== sidecar.model_bytes) {
      throw new InputError(
        `Expected a model of ${sidecar.model_bytes} bytes. ` +
          `Received: ${modelBytes.length}.`
      );
    }
    this.sidecar = sidecar;
    this.interpreter = new Interpreter(modelBytes);
    this.rule = sidecar.input.preprocessing;
    this.threshold = sidecar.threshold.value;
  }

  // The score of pixels 0 to 255 of the model's input.
  score(pixels) {
    const { dtype, scale, zero_point: zeroPoint } = this.sidecar.input;
    if (dtype !== "int8") return this.interpreter.run(pixels);
    return this.interpreter.run(
      Int8Array.from(pixels, (pixel) => {
        const steps = roundEven(float(pixel / float(scale))) + zeroPoint;
        return Math.min(127, Math.max(-128, steps));
      })
    );
  }

  // The score of an image of any size that the sidecar allows.
  scoreImage(image) {
    return this.score(preprocess(image, this.rule).values);
  }

  anomalous(score) {
    return score > this.threshold;
  }

  // What the network saw of the last image, what it drew, both in [-1, 1], and
  // where they differ: for each pixel the mean over its channels of
  // |x - x_hat|, in [0, 2]. Null for a model that draws nothing.
  look(pixels) {
    const pictures = this.interpreter.pictures();
    if (!pictures) return null;
    const { drawn } = pictures;
    const seen =
      pictures.seen || Float32Array.from(pixels, (pixel) => pixel / 127.5 - 1);
    const { channels } = this.rule;
    const map = new Float32Array(pixels.length / channels);
    seen.forEach((value, i) => {
      map[Math.floor(i / channels)] += Math.abs(value - drawn[i]) / channels;
    });
    return { seen, drawn, map };
  }

  // Whether the golden vectors get the scores that the sidecar promises.
  selfTest() {
    const vectors = this.sidecar.golden_vectors;
    const differences = vectors.map(({ pixels, score }) => {
      const least = Math.max(
        Math.abs(score), Math.abs(this.sidecar.threshold.value)
      );
      const off = Math.abs(this.score(fromBase64(pixels)) - score);
      return off / Math.max(least, 1e-30);
    });
    const largest = Math.max(...differences);
    const allowed = this.sidecar.fast_kernels === false
      ? OTHER_KERNELS_TOLERANCE
      : GOLDEN_TOLERANCE;
    // A score that is no number passes no comparison.
    const passed = vectors.length > 0 && largest <= allowed;
    return { passed, vectors: vectors.length, largest };
  }

  // The measured normal scores, how many there are of all the images, and of
  // how many scores each is the highest.
  normalScores() {
    const { normal_scores: scores, normal_ranks: ranks, images } =
      this.sidecar.threshold;
    if (!scores || !scores.length) return null;
    const ends = ranks || scores.map((_, i) => i + 1);
    return {
      images,
      all: ends[ends.length - 1],
      scores,
      counts: ends.map((end, i) => end - (i ? ends[i - 1] : 0)),
    };
  }

  // How often a normal image scores as high as this, or higher; or null.
  pValue(score) {
    const normal = this.normalScores();
    if (!normal) return null;
    const { all, scores, counts } = normal;
    let below = 0;
    scores.forEach((value, i) => (below += value < score ? counts[i] : 0));
    return (1 + all - below) / (1 + all);
  }
}
