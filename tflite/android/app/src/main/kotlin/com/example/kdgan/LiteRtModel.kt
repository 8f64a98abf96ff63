package com.example.kdgan

import android.content.res.AssetManager
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.DataType
import org.tensorflow.lite.Interpreter

/**
 * Loads `student.tflite` and `student.json` from the app, checks that they belong together and
 * runs the self-test.
 *
 * @throws InputException if a file is missing, damaged or of another run, or the self-test fails.
 */
fun loadScorer(assets: AssetManager): AnomalyScorer {
    val sidecar = Sidecar.parse(assets.read("student.json").decodeToString())
    val bytes = assets.read("student.tflite")
    sidecar.checkModel(bytes)
    val model = LiteRtModel(bytes, sidecar.input)
    try {
        return AnomalyScorer(sidecar, model)
    } catch (error: InputException) {
        model.close()
        throw error
    }
}

private fun AssetManager.read(name: String): ByteArray =
    try {
        open(name).use { it.readBytes() }
    } catch (error: IOException) {
        val message = "Expected $name in the app; run the task copyModel and build again."
        throw InputException(message, error)
    }

/** A `.tflite` file in LiteRT's interpreter. Not for several threads at once. */
private class LiteRtModel(bytes: ByteArray, input: ModelInput) : Model {
    private val interpreter = open(bytes)
    private val output = ByteBuffer.allocateDirect(Float.SIZE_BYTES).order(ByteOrder.nativeOrder())

    init {
        try {
            check(input)
        } catch (error: InputException) {
            close()
            throw error
        }
    }

    override fun run(input: ByteBuffer): Float {
        output.rewind()
        interpreter.run(input, output)
        return output.getFloat(0)
    }

    override fun close() = interpreter.close()

    private fun open(bytes: ByteArray): Interpreter {
        // LiteRT reads the model in place: it wants memory outside the Java heap.
        val model = ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder())
        model.put(bytes).rewind()
        return try {
            Interpreter(model, Interpreter.Options().setNumThreads(1))
        } catch (error: IllegalArgumentException) {
            val message = "Expected a TFLite model, found a file that LiteRT cannot read."
            throw InputException(message, error)
        }
    }

    /** The sidecar describes the tensors; here the model itself is asked. */
    private fun check(input: ModelInput) {
        ensure(interpreter.inputTensorCount == 1 && interpreter.outputTensorCount == 1) {
            "Expected a model with one input and one output, found " +
                "${interpreter.inputTensorCount} and ${interpreter.outputTensorCount}."
        }
        val tensor = interpreter.getInputTensor(0)
        val found = tensor.shape().toList()
        val shape = input.preprocessing.shape
        val type = if (input.isFloat) DataType.FLOAT32 else DataType.INT8
        ensure(found == shape && tensor.dataType() == type) {
            "Expected a model with input $type $shape, found ${tensor.dataType()} $found."
        }
        val scale = tensor.quantizationParams().scale
        val zeroPoint = tensor.quantizationParams().zeroPoint
        ensure(input.isFloat || (scale == input.scale && zeroPoint == input.zeroPoint)) {
            "Expected scale ${input.scale} and zero point ${input.zeroPoint} in the model, found " +
                "$scale and $zeroPoint."
        }
        val score = interpreter.getOutputTensor(0)
        ensure(score.dataType() == DataType.FLOAT32 && score.numElements() == 1) {
            "Expected one float as the model's output, found ${score.numElements()} " +
                "${score.dataType()}."
        }
    }
}
