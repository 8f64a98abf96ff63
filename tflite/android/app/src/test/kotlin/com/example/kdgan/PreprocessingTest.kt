package com.example.kdgan

import org.junit.Assert.assertArrayEquals
import org.junit.Test

class PreprocessingTest {

    @Test
    fun aPictureOfTheRightSizeStaysAsItIs() {
        val image = PixelImage(2, 2, 1, bytes(1, 2, 3, 255))
        assertArrayEquals(image.values, Preprocessing(2, 2, 1, resize = false).fit(image))
    }

    @Test
    fun contentIsCentredOnBlack() {
        val image = PixelImage(1, 1, 3, bytes(7, 8, 9))
        // One pixel on 4x4: one black pixel before it, two after it.
        val expected = ByteArray(4 * 4 * 3)
        bytes(7, 8, 9).copyInto(expected, (1 * 4 + 1) * 3)
        assertArrayEquals(expected, Preprocessing(1, 4, 3, resize = false).fit(image))
    }

    @Test
    fun largerPicturesShrinkByAveraging() {
        val image = PixelImage(
            4, 4, 1,
            bytes(
                0, 2, 100, 100,
                4, 6, 100, 100,
                255, 255, 1, 1,
                255, 255, 1, 2,
            ),
        )
        // Means 3, 100, 255 and 1.25; the last is 1 and 1.5 = 2 after the rows, 1.5 = 2 after all.
        assertArrayEquals(bytes(3, 100, 255, 2), Preprocessing(2, 2, 1, resize = true).fit(image))
    }

    @Test
    fun shrinkingThenPadding() {
        val image = PixelImage(2, 2, 1, bytes(10, 10, 20, 20))
        val expected = bytes(15, 0, 0, 0) // (2 - 1) / 2 = 0 pixels before, 1 after
        assertArrayEquals(expected, Preprocessing(1, 2, 1, resize = true).fit(image))
    }

    @Test
    fun anInputThatIsPaddedAlreadyStaysAsItIs() {
        val image = PixelImage(2, 2, 1, bytes(15, 0, 0, 0))
        assertArrayEquals(image.values, Preprocessing(1, 2, 1, resize = false).fit(image))
    }

    @Test
    fun refusesWhatTrainingNeverSaw() {
        val fixed = Preprocessing(8, 8, 1, resize = false)
        rejects("square") { fixed.fit(grey(8, 9)) }
        rejects("8x8 pixels, found 9x9") { fixed.fit(grey(9, 9)) }
        rejects("at least 8x8") { Preprocessing(8, 8, 1, resize = true).fit(grey(7, 7)) }
        rejects("3 channel") { Preprocessing(8, 8, 3, resize = true).fit(grey(8, 8)) }
    }

    private fun grey(width: Int, height: Int) =
        PixelImage(width, height, 1, ByteArray(width * height))
}
