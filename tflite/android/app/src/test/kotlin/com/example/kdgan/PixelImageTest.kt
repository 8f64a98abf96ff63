package com.example.kdgan

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

class PixelImageTest {

    @Test
    fun greyIsTheLumaOfPillow() {
        // 255 * 19595 + 32768 = 5029493, / 65536 = 76.7; likewise 150.2 and 29.6.
        assertEquals(76, PixelImage.grey(255, 0, 0))
        assertEquals(150, PixelImage.grey(0, 255, 0))
        assertEquals(29, PixelImage.grey(0, 0, 255))
        // 10 * 19595 + 20 * 38470 + 30 * 7471 + 32768 = 1222248, / 65536 = 18.6.
        assertEquals(18, PixelImage.grey(10, 20, 30))
    }

    @Test
    fun greyOfGreyIsItself() {
        for (value in 0..255) assertEquals(value, PixelImage.grey(value, value, value))
    }

    @Test
    fun channelsComeInTheOrderRedGreenBlue() {
        val argb = intArrayOf(0xFF010203.toInt(), 0xFFFF8000.toInt())
        val image = PixelImage.fromArgb(2, 1, argb, channels = 3)
        assertArrayEquals(bytes(1, 2, 3, 255, 128, 0), image.values)
    }

    @Test
    fun greyPicturesHaveOneValuePerPixel() {
        val argb = intArrayOf(0xFF010101.toInt(), 0xFFFF0000.toInt())
        assertArrayEquals(bytes(1, 76), PixelImage.fromArgb(2, 1, argb, channels = 1).values)
    }

    @Test
    fun transparentPixelsAreRefused() {
        rejects("transparent") {
            PixelImage.fromArgb(1, 1, intArrayOf(0x7F010203), channels = 3)
        }
    }
}
