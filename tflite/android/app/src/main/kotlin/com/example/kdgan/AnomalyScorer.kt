package com.example.kdgan

import java.io.Closeable
import java.nio.ByteBuffer
import kotlin.math.abs

/** Turns one input tensor into one score: LiteRT on a phone, a stand-in in tests. */
interface Model : Closeable {
    fun run(input: ByteBuffer): Float
}

/**
 * Scores pictures with a model and its sidecar.
 *
 * The constructor runs the golden vectors of the sidecar, so that a wrong model, a wrong
 * quantisation or a broken runtime shows at the start and not as wrong judgements later.
 *
 * @throws InputException if the self-test fails.
 */
class AnomalyScorer(val sidecar: Sidecar, private val model: Model) : Closeable by model {

    init {
        sidecar.goldenVectors.forEachIndexed(::selfTest)
    }

    /**
     * The anomaly score of a picture; higher is more anomalous.
     *
     * @throws InputException if the picture does not fit, see [Preprocessing.fit].
     */
    fun score(image: PixelImage): Float = scoreFitted(sidecar.input.preprocessing.fit(image))

    /** Whether a score means "anomalous". */
    fun isAnomalous(score: Float): Boolean = score > sidecar.threshold

    private fun scoreFitted(pixels: ByteArray): Float {
        val score = model.run(sidecar.input.tensor(pixels))
        ensure(score.isFinite()) { "Expected a finite score from the model, found $score." }
        return score
    }

    private fun selfTest(index: Int, golden: GoldenVector) {
        val score = scoreFitted(golden.pixels)
        val allowed = TOLERANCE * maxOf(abs(golden.score), abs(sidecar.threshold))
        ensure(abs(score - golden.score) <= allowed) {
            "Expected score ${golden.score} +- $allowed for golden vector $index, found $score; " +
                "this phone does not run the model as it was converted."
        }
    }

    companion object {
        /**
         * How far a golden score may be off: this share of itself or of the threshold, whichever
         * is larger. Not 0, because LiteRT's kernels round int8 differently on each kind of
         * processor.
         */
        const val TOLERANCE = 0.1f
    }
}
