// The pad: shows the image in large pixels, and is drawn on.
"use strict";

class Pad {
  constructor(canvas, content, changed) {
    this.content = content;
    this.zoom = Math.max(1, Math.floor(320 / content));
    canvas.width = canvas.height = content * this.zoom;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.changed = changed;
    this.color = "#ffffff";
    this.width = 0.08 * canvas.width;
    this.cursor = [canvas.width / 2, canvas.height / 2];
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.cursor = this.at(event);
      this.line(this.cursor);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.line(this.at(event));
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const zoom = this.canvas.width / box.width;
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return [x * zoom, y * zoom];
  }

  line(to) {
    const { context } = this;
    context.strokeStyle = this.color;
    context.lineWidth = this.width;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(...this.cursor);
    context.lineTo(...to);
    context.stroke();
    this.cursor = to;
    this.changed();
  }

  key(event) {
    const step = Math.max(this.zoom, 4);
    const steps = {
      ArrowLeft: [-step, 0], ArrowRight: [step, 0],
      ArrowUp: [0, -step], ArrowDown: [0, step], " ": [0, 0],
    };
    const move = steps[event.key];
    if (!move) return;
    event.preventDefault();
    const to = this.cursor.map((value, axis) => {
      return Math.min(this.canvas.width, Math.max(0, value + move[axis]));
    });
    // Shift draws while it moves; the space bar makes a dot.
    if (event.shiftKey || event.key === " ") this.line(to);
    else this.cursor = to;
  }

  fill(color) {
    this.context.fillStyle = color;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.changed();
  }

  // Show the content of a model's input, without its black border.
  load(pixels, side, channels) {
    const small = document.createElement("canvas");
    show(small, pixels, side, channels);
    const before = (side - this.content) >> 1;
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(
      small,
      ...[before, before, this.content, this.content],
      ...[0, 0, this.canvas.width, this.canvas.height]
    );
    this.changed();
  }

  // The model's input: large pixels shrunk exactly to what they were.
  pixels(rule) {
    const image = withChannels(imageOf(this.context), rule.channels);
    return border(shrink(image, this.content), rule.side).values;
  }
}
