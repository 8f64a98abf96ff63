package com.example.kdgan

/** The square of a picture that the user chose; it never leaves the picture. */
data class SquareCrop(
    val width: Int,
    val height: Int,
    val left: Int,
    val top: Int,
    val side: Int,
) {
    private val largestSide get() = minOf(width, height)

    /** Moved by so many pixels of the picture, as far as there is room. */
    fun moved(right: Int, down: Int) = copy(
        left = (left + right).coerceIn(0, width - side),
        top = (top + down).coerceIn(0, height - side),
    )

    /** Of another size about the same centre; [share] is the part of the largest square. */
    fun resized(share: Float): SquareCrop {
        val newSide = (largestSide * share).toInt().coerceIn(1, largestSide)
        val shift = (side - newSide) / 2
        return copy(
            left = (left + shift).coerceIn(0, width - newSide),
            top = (top + shift).coerceIn(0, height - newSide),
            side = newSide,
        )
    }

    companion object {
        /** The largest square in the middle: where the user starts. */
        fun largest(width: Int, height: Int): SquareCrop {
            val side = minOf(width, height)
            return SquareCrop(width, height, (width - side) / 2, (height - side) / 2, side)
        }
    }
}
