// Between canvases and the arrays of pixels that the detector takes.
"use strict";

// What a canvas shows, as an image for `preprocess`.
function imageOf(context) {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    values.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  }
  return { width, height, channels: 3, values };
}

function transparent(context) {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

// Show pixels (0 to 255) on a canvas, which takes their size.
function show(canvas, pixels, side, channels) {
  canvas.width = canvas.height = side;
  const picture = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) {
      picture.data[4 * i + c] = pixels[i * channels + (channels === 3 ? c : 0)];
    }
    picture.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// From black by way of red to yellow, over 0 to `most`.
function heat(map, most) {
  const pixels = new Uint8ClampedArray(map.length * 3);
  map.forEach((value, i) => {
    const share = value / most;
    pixels.set([380 * share, 430 * (share - 0.4), 160 * (share - 0.8)], 3 * i);
  });
  return pixels;
}

// The decoded, upright image of a file, without colour management.
async function decode(file) {
  const head = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  const png = head[0] === 0x89 && head[1] === 0x50;
  if (png && head[24] === 16) {
    throw new InputError(
      `Expected an image of 8 bits in ${file.name}. Received: 16 bits, of ` +
        "which a browser shows the upper half. Use tools/predict.py."
    );
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: "none",
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new InputError(
      `Expected an image in ${file.name}. Received: another file.`
    );
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  if (transparent(context)) {
    throw new InputError(
      `Expected an image without transparent parts in ${file.name}. ` +
        "Received: one with some."
    );
  }
  return imageOf(context);
}
