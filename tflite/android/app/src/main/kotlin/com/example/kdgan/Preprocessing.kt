package com.example.kdgan

/** How a picture becomes the square of pixels that the model takes: as in the training. */
class Preprocessing(
    /** Side to which pictures are brought. */
    val contentSide: Int,
    /** Side of the model's input; the content is centred on black. */
    val side: Int,
    /** 1 for grey, 3 for RGB. */
    val channels: Int,
    /** Whether larger pictures may be shrunk. Where training never shrank one, they are a mistake. */
    val resize: Boolean,
) {
    init {
        ensure(channels == 1 || channels == 3) {
            "Expected 1 or 3 channels in student.json, found $channels."
        }
        ensure(contentSide in 1..side && side <= LARGEST_SIDE) {
            "Expected 1 <= content_side <= side <= $LARGEST_SIDE in student.json, " +
                "found $contentSide and $side."
        }
    }

    /** Shape of the model's input: one picture, rows, columns, channels. */
    val shape get() = listOf(1, side, side, channels)

    /** How many values the model's input holds. */
    val size get() = side * side * channels

    /**
     * Fits one picture.
     *
     * @return the values of the model's input, row by row, each an unsigned byte.
     * @throws InputException if the picture is not square (nothing is cropped in secret), too
     *   small, or of a size that the training never saw.
     */
    fun fit(image: PixelImage): ByteArray {
        val given = image.height
        ensure(image.width == given) {
            "Expected a square picture, found ${image.width}x$given pixels; crop it."
        }
        ensure(image.channels == channels) {
            "Expected $channels channel(s), found ${image.channels}."
        }
        if (given == side && !resize) return image.values
        val fits = if (resize) given >= contentSide else given == contentSide
        ensure(fits) {
            "Expected ${if (resize) "at least " else ""}${contentSide}x$contentSide pixels, " +
                "found ${given}x$given; use another picture."
        }
        return centred(if (given == contentSide) image else shrink(image, contentSide))
    }

    private fun centred(image: PixelImage): ByteArray {
        if (contentSide == side) return image.values
        val canvas = ByteArray(size)
        val before = (side - contentSide) / 2
        val row = contentSide * channels
        for (y in 0 until contentSide) {
            val target = ((before + y) * side + before) * channels
            image.values.copyInto(canvas, target, y * row, (y + 1) * row)
        }
        return canvas
    }

    private companion object {
        const val LARGEST_SIDE = 4096
    }
}
