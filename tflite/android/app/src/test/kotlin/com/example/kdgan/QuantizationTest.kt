package com.example.kdgan

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

class QuantizationTest {

    @Test
    fun scaleOneMovesPixelsBy128() = assertValues(
        scale = 1f, zeroPoint = -128,
        pixels = listOf(0, 1, 127, 128, 255),
        values = listOf(-128, -127, -1, 0, 127),
    )

    @Test
    fun halvesGoToTheEvenNumber() = assertValues(
        // 0.5, 1.5, 2.5, 3.5 become 0, 2, 2, 4.
        scale = 2f, zeroPoint = 0,
        pixels = listOf(1, 3, 5, 7),
        values = listOf(0, 2, 2, 4),
    )

    @Test
    fun valuesAreClipped() = assertValues(
        // 255 / 0.5 = 510, 60 / 0.5 + 10 = 130.
        scale = 0.5f, zeroPoint = 10,
        pixels = listOf(255, 60, 58),
        values = listOf(127, 127, 126),
    )

    @Test
    fun floatInputsTakeThePixelItself() {
        val tensor = input("float32", 1f, 0).tensor(bytes(0, 128, 255, 7))
        assertEquals(16, tensor.remaining())
        assertEquals(listOf(0f, 128f, 255f, 7f), List(4) { tensor.getFloat() })
    }

    private fun assertValues(scale: Float, zeroPoint: Int, pixels: List<Int>, values: List<Int>) {
        val tensor = input("int8", scale, zeroPoint).tensor(bytes(*pixels.toIntArray()))
        val found = ByteArray(tensor.remaining()).also { tensor.get(it) }
        assertArrayEquals(bytes(*values.toIntArray()), found)
    }

    private fun input(dtype: String, scale: Float, zeroPoint: Int) =
        ModelInput(dtype, scale, zeroPoint, Preprocessing(2, 2, 1, resize = false), words = "")
}
