package com.example.kdgan

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import java.util.Base64
import org.json.JSONException
import org.json.JSONObject

/** What `student.json` says about `student.tflite`, as far as this app needs it. */
class Sidecar(
    val modelSha256: String,
    val input: ModelInput,
    /** An image is judged anomalous when its score is above this. */
    val threshold: Float,
    val goldenVectors: List<GoldenVector>,
) {
    /**
     * Checks that [model] holds the bytes of the file described here.
     *
     * @throws InputException if it is another file.
     */
    fun checkModel(model: ByteArray) {
        val digest = MessageDigest.getInstance("SHA-256").digest(model)
        val sha256 = digest.joinToString("") { "%02x".format(it) }
        ensure(sha256 == modelSha256) {
            "Expected the model with SHA-256 ${modelSha256.take(12)}..., found " +
                "${sha256.take(12)}...; copy student.tflite and student.json of one run."
        }
    }

    companion object {
        /** What this app reads is the same in both. */
        private val FORMAT_VERSIONS = 1..2

        /**
         * Reads and checks the text of a sidecar.
         *
         * @throws InputException if it is no JSON, of another version, or incomplete.
         */
        fun parse(text: String): Sidecar =
            try {
                parse(JSONObject(text))
            } catch (error: JSONException) {
                val reason = error.message
                throw InputException("Expected a complete student.json, but: $reason", error)
            }

        private fun parse(json: JSONObject): Sidecar {
            val version = json.optInt("format_version")
            ensure(version in FORMAT_VERSIONS) {
                "Expected a format version of $FORMAT_VERSIONS in student.json, found $version; " +
                    "convert the model again."
            }
            val sha256 = json.getString("model_sha256")
            ensure(Regex("[0-9a-f]{64}").matches(sha256)) {
                "Expected a SHA-256 as model_sha256 in student.json, found '$sha256'."
            }
            val input = parseInput(json.getJSONObject("input"))
            val vectors = json.getJSONArray("golden_vectors")
            ensure(vectors.length() > 0) {
                "Expected golden vectors in student.json, found none."
            }
            return Sidecar(
                sha256,
                input,
                json.getJSONObject("threshold").getFinite("value"),
                List(vectors.length()) { parseGolden(vectors.getJSONObject(it), input) },
            )
        }

        private fun parseInput(json: JSONObject): ModelInput {
            val rule = json.getJSONObject("preprocessing")
            val preprocessing = Preprocessing(
                contentSide = rule.getInt("content_side"),
                side = rule.getInt("side"),
                channels = rule.getInt("channels"),
                resize = rule.getBoolean("resize"),
            )
            val sizes = json.getJSONArray("shape")
            val shape = List(sizes.length(), sizes::getInt)
            ensure(shape == preprocessing.shape) {
                "Expected input shape ${preprocessing.shape} in student.json, found $shape."
            }
            return ModelInput(
                dtype = json.getString("dtype"),
                scale = json.getFinite("scale"),
                zeroPoint = json.getInt("zero_point"),
                preprocessing = preprocessing,
                words = json.getString("preprocessing_words"),
            )
        }

        private fun parseGolden(json: JSONObject, input: ModelInput): GoldenVector {
            val pixels = try {
                Base64.getDecoder().decode(json.getString("pixels"))
            } catch (error: IllegalArgumentException) {
                throw InputException("Expected base64 as golden pixels in student.json.", error)
            }
            ensure(pixels.size == input.preprocessing.size) {
                "Expected golden vectors of ${input.preprocessing.size} pixel values in " +
                    "student.json, found one of ${pixels.size}."
            }
            return GoldenVector(pixels, json.getFinite("score"))
        }

        private fun JSONObject.getFinite(name: String): Float {
            val value = getDouble(name).toFloat()
            ensure(value.isFinite()) { "Expected a finite $name in student.json, found $value." }
            return value
        }
    }
}

/** The input tensor, and how pixels become its values. */
class ModelInput(
    /** `int8`, or `float32` for models with float input. */
    val dtype: String,
    val scale: Float,
    val zeroPoint: Int,
    val preprocessing: Preprocessing,
    /** The preprocessing in words, for the user. */
    val words: String,
) {
    /** Whether the tensor takes floats, and so no scale. */
    val isFloat = dtype == "float32"

    init {
        ensure(isFloat || dtype == "int8") {
            "Expected an int8 or float32 input in student.json, found $dtype."
        }
        ensure(isFloat || (scale > 0 && zeroPoint in -128..127)) {
            "Expected a scale above 0 and a zero point in -128..127 in student.json, " +
                "found $scale and $zeroPoint."
        }
    }

    /**
     * Pixels, each an unsigned byte, to the bytes of the tensor.
     *
     * int8 takes `clip(round(pixel / scale) + zero_point, -128, 127)`, float32 the pixel itself.
     */
    fun tensor(pixels: ByteArray): ByteBuffer {
        val bytes = pixels.size * if (isFloat) Float.SIZE_BYTES else 1
        val tensor = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())
        for (pixel in pixels) {
            val value = pixel.unsigned
            if (isFloat) tensor.putFloat(value.toFloat()) else tensor.put(quantize(value))
        }
        tensor.rewind()
        return tensor
    }

    /** Rounds half to even, as numpy does. */
    private fun quantize(pixel: Int): Byte {
        val steps = Math.rint((pixel / scale).toDouble())
        return (steps + zeroPoint).coerceIn(-128.0, 127.0).toInt().toByte()
    }
}

/** An input, fitted but not quantised, and the score that the model must give for it. */
class GoldenVector(val pixels: ByteArray, val score: Float)
