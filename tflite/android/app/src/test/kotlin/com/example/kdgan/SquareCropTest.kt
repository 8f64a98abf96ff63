package com.example.kdgan

import org.junit.Assert.assertEquals
import org.junit.Test

class SquareCropTest {

    @Test
    fun startsAsTheLargestSquareInTheMiddle() {
        val expected = SquareCrop(100, 60, left = 20, top = 0, side = 60)
        assertEquals(expected, SquareCrop.largest(100, 60))
    }

    @Test
    fun movesOnlyInsideThePicture() {
        val crop = SquareCrop.largest(100, 60)
        assertEquals(crop.copy(left = 25), crop.moved(5, 5))
        assertEquals(crop.copy(left = 40), crop.moved(500, 0))
        assertEquals(crop.copy(left = 0), crop.moved(-500, 0))
    }

    @Test
    fun shrinksAboutItsCentre() {
        val crop = SquareCrop.largest(100, 60).resized(0.5f)
        assertEquals(SquareCrop(100, 60, left = 35, top = 15, side = 30), crop)
    }

    @Test
    fun growsWithoutLeavingThePicture() {
        val corner = SquareCrop(100, 60, left = 70, top = 30, side = 30)
        assertEquals(SquareCrop(100, 60, left = 40, top = 0, side = 60), corner.resized(1f))
    }

    @Test
    fun isNeverEmpty() = assertEquals(1, SquareCrop.largest(9, 9).resized(0f).side)
}
