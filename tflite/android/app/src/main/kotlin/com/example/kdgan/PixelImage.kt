package com.example.kdgan

/** A picture: rows of pixels, the channels of a pixel side by side, each value an unsigned byte. */
class PixelImage(val width: Int, val height: Int, val channels: Int, val values: ByteArray) {

    companion object {
        /**
         * A grey (1 channel) or RGB (3 channels) picture from Android's pixels.
         *
         * @param argb one pixel per element: alpha, red, green, blue from the highest byte.
         * @throws InputException if a pixel is transparent: its colour would be a guess.
         */
        fun fromArgb(width: Int, height: Int, argb: IntArray, channels: Int): PixelImage {
            val values = ByteArray(argb.size * channels)
            var next = 0
            for (pixel in argb) {
                ensure(pixel ushr 24 == 255) {
                    "Expected a picture without transparent parts; save it as JPEG."
                }
                val red = pixel shr 16 and 255
                val green = pixel shr 8 and 255
                val blue = pixel and 255
                if (channels == 1) {
                    values[next++] = grey(red, green, blue).toByte()
                } else {
                    values[next++] = red.toByte()
                    values[next++] = green.toByte()
                    values[next++] = blue.toByte()
                }
            }
            return PixelImage(width, height, channels, values)
        }

        /** Luma in 16-bit fixed point: bit for bit what pillow's `convert("L")` gives. */
        fun grey(red: Int, green: Int, blue: Int) =
            (red * 19595 + green * 38470 + blue * 7471 + 0x8000) shr 16
    }
}

/** The byte as a number from 0 to 255. */
val Byte.unsigned get() = toInt() and 255
