package com.example.kdgan

import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class AnomalyScorerTest {
    private val sidecar = Sidecar.parse(sidecarJson().toString()) // golden 0.25, threshold 0.5

    @Test
    fun scoresTheFittedAndQuantisedPicture() {
        val inputs = mutableListOf<List<Byte>>()
        val scorer = AnomalyScorer(sidecar, model { inputs += it; 0.25f })
        val picture = PixelImage(4, 4, 1, ByteArray(16) { 128.toByte() })
        assertEquals(0.25f, scorer.score(picture), 0f)
        val golden = listOf<Byte>(-128, -127, 0, 127)
        assertEquals(listOf(golden, List(4) { 0.toByte() }), inputs)
    }

    @Test
    fun onlyScoresAboveTheThresholdAreAnomalous() {
        val scorer = AnomalyScorer(sidecar, model { 0.25f })
        assertFalse(scorer.isAnomalous(0.5f))
        assertTrue(scorer.isAnomalous(0.50001f))
    }

    @Test
    fun theSelfTestAllowsATenthOfTheThreshold() {
        AnomalyScorer(sidecar, model { 0.29f })
        AnomalyScorer(sidecar, model { 0.21f })
    }

    @Test
    fun theSelfTestFindsAWrongModel() {
        for (score in listOf(0.31f, 0.19f, Float.NaN)) {
            rejects("found $score") { AnomalyScorer(sidecar, model { score }) }
        }
    }

    private fun model(score: (List<Byte>) -> Float) = object : Model {
        override fun run(input: ByteBuffer) =
            score(ByteArray(input.remaining()).also { input.get(it) }.toList())

        override fun close() = Unit
    }
}
