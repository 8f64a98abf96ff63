package com.example.kdgan

/**
 * Shrinks a picture to [side] x [side] pixels by area averaging.
 *
 * Bit for bit what pillow's `resize(size, Image.Resampling.BOX)` gives, because the training used
 * that: whole pixels only, rows before columns, rounded in between, weights in 22-bit fixed point.
 */
fun shrink(image: PixelImage, side: Int): PixelImage =
    shrinkRowsAndTurn(shrinkRowsAndTurn(image, side), side)

/** Shrinks every row and swaps rows with columns: a second call does the columns and turns back. */
private fun shrinkRowsAndTurn(image: PixelImage, side: Int): PixelImage {
    val channels = image.channels
    val values = ByteArray(side * image.height * channels)
    windows(image.width, side).forEachIndexed { column, window ->
        val weight = (0.5 + ONE.toDouble() / window.count()).toInt()
        for (y in 0 until image.height) for (channel in 0 until channels) {
            var sum = ONE / 2
            for (x in window) {
                sum += weight * image.values[(y * image.width + x) * channels + channel].unsigned
            }
            val mean = (sum shr PRECISION).coerceAtMost(255)
            values[(column * image.height + y) * channels + channel] = mean.toByte()
        }
    }
    return PixelImage(image.height, side, channels, values)
}

/**
 * Which pixels of a row of [from] each pixel of a row of [to] averages: those whose middle is
 * within half a step. Looks roundabout: where a middle is just at the edge, doubles decide, and so
 * they must be computed as pillow does.
 */
private fun windows(from: Int, to: Int): List<IntRange> {
    val scale = from.toDouble() / to
    return List(to) { index ->
        val centre = (index + 0.5) * scale
        val first = (centre - 0.5 * scale + 0.5).toInt().coerceAtLeast(0)
        val end = (centre + 0.5 * scale + 0.5).toInt().coerceAtMost(from)
        val inside = (first until end).filter {
            val distance = (it - centre + 0.5) * (1 / scale)
            distance > -0.5 && distance <= 0.5
        }
        inside.first()..inside.last()
    }
}

private const val PRECISION = 22
private const val ONE = 1 shl PRECISION
