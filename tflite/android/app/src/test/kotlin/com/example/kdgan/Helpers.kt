package com.example.kdgan

import org.json.JSONObject
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue

/** Bytes with these lowest 8 bits. */
internal fun bytes(vararg values: Int) = ByteArray(values.size) { values[it].toByte() }

/** Asserts that [action] is refused with a message that contains [words]. */
internal fun rejects(words: String, action: () -> Any) {
    val error = assertThrows(InputException::class.java) { action() }
    assertTrue(error.message, error.message!!.contains(words))
}

/** A sidecar for 2x2 grey pictures; its model is the three bytes "abc". */
internal fun sidecarJson() = JSONObject(
    """
    {
      "format_version": 2,
      "model_sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "input": {
        "name": "image", "shape": [1, 2, 2, 1], "dtype": "int8",
        "scale": 1.0, "zero_point": -128, "value_range": [0, 255],
        "preprocessing": {"content_side": 2, "side": 2, "channels": 1, "resize": true},
        "preprocessing_words": "Shrink the square image to 2x2 pixels by area averaging."
      },
      "threshold": {
        "value": 0.5, "false_positive_rate": 0.05, "measured_rate": 0.04, "images": 100,
        "held_out": true, "expected_rate": 0.05, "upper_rate": 0.1,
        "normal_scores": [0.25, 0.75], "normal_ranks": [1, 100]
      },
      "golden_vectors": [{"pixels": "AAGA/w==", "score": 0.25, "reference_score": 0.24}],
      "fast_kernels": true
    }
    """
)
