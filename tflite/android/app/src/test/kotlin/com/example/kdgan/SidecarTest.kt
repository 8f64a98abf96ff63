package com.example.kdgan

import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

class SidecarTest {

    @Test
    fun readsWhatTheConverterWrites() {
        val sidecar = Sidecar.parse(sidecarJson().toString())
        assertEquals("int8", sidecar.input.dtype)
        assertEquals(listOf(1, 2, 2, 1), sidecar.input.preprocessing.shape)
        assertEquals(0.5f, sidecar.threshold, 0f)
        assertArrayEquals(byteArrayOf(0, 1, -128, -1), sidecar.goldenVectors.single().pixels)
        assertEquals(0.25f, sidecar.goldenVectors.single().score, 0f)
    }

    @Test
    fun knowsItsModelByTheHash() {
        val sidecar = Sidecar.parse(sidecarJson().toString())
        sidecar.checkModel("abc".toByteArray())
        rejects("found a52d159f262b") { sidecar.checkModel("abd".toByteArray()) }
    }

    @Test
    fun refusesWhatIsNoSidecar() {
        rejects("complete student.json") { Sidecar.parse("no json") }
        rejects("format version of 1..2") { Sidecar.parse("{}") }
    }

    @Test
    fun refusesAnotherFormatVersion() = rejectsChange("found 3") { put("format_version", 3) }

    @Test
    fun readsTheFormerFormatVersion() {
        val sidecar = Sidecar.parse(sidecarJson().put("format_version", 1).toString())
        assertEquals(0.5f, sidecar.threshold, 0f)
    }

    @Test
    fun refusesMissingFields() {
        for (name in listOf("model_sha256", "input", "threshold", "golden_vectors")) {
            rejectsChange(name) { remove(name) }
        }
    }

    @Test
    fun refusesAHashThatIsNone() = rejectsChange("'abc'") { put("model_sha256", "abc") }

    @Test
    fun refusesUnknownInputs() {
        rejectsChange("int16") { input.put("dtype", "int16") }
        rejectsChange("scale") { input.put("scale", 0.0) }
        rejectsChange("zero point") { input.put("zero_point", 128) }
        rejectsChange("[1, 2, 2, 1]") { input.getJSONArray("shape").put(1, 3) }
        rejectsChange("channels") { preprocessing.put("channels", 2) }
        rejectsChange("content_side") { preprocessing.put("content_side", 3) }
    }

    @Test
    fun refusesBrokenGoldenVectors() {
        rejectsChange("found none") { put("golden_vectors", JSONArray()) }
        rejectsChange("base64") { golden.put("pixels", "?") }
        rejectsChange("found one of 3") { golden.put("pixels", "AAAA") }
    }

    private val JSONObject.input get() = getJSONObject("input")
    private val JSONObject.preprocessing get() = input.getJSONObject("preprocessing")
    private val JSONObject.golden get() = getJSONArray("golden_vectors").getJSONObject(0)

    private fun rejectsChange(words: String, change: JSONObject.() -> Unit) =
        rejects(words) { Sidecar.parse(sidecarJson().apply(change).toString()) }
}
