package com.example.kdgan

import android.content.ActivityNotFoundException
import android.net.Uri
import android.os.Bundle
import android.util.Log
import android.widget.Button
import android.widget.SeekBar
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.activity.result.contract.ActivityResultContracts.TakePicture
import androidx.core.content.FileProvider
import java.io.File
import java.util.concurrent.Executors

/** Pick or take a picture, choose a square of it, see its score and the decision. */
class MainActivity : ComponentActivity() {

    // One thread: the interpreter is not for several, and the screen stays alive.
    private val worker = Executors.newSingleThreadExecutor()

    @Volatile // set by the worker, read by the screen
    private var scorer: AnomalyScorer? = null

    private val message by lazy { findViewById<TextView>(R.id.message) }
    private val cropView by lazy { findViewById<CropView>(R.id.crop) }
    private val size by lazy { findViewById<SeekBar>(R.id.size) }
    private val score by lazy { findViewById<Button>(R.id.score) }
    private val pick by lazy { findViewById<Button>(R.id.pick) }
    private val take by lazy { findViewById<Button>(R.id.take) }

    private val photo by lazy { File(cacheDir, "photos/photo.jpg") }
    private val pickImage = registerForActivityResult(PickVisualMedia()) { uri ->
        if (uri != null) show(uri)
    }
    private val takePicture = registerForActivityResult(TakePicture()) { saved ->
        if (saved) show(photoUri())
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(R.layout.activity_main)
        pick.setOnClickListener {
            pickImage.launch(PickVisualMediaRequest(PickVisualMedia.ImageOnly))
        }
        take.setOnClickListener { openCamera() }
        score.setOnClickListener { scoreSquare() }
        size.setOnSeekBarChangeListener(object : SeekBar.OnSeekBarChangeListener {
            override fun onProgressChanged(bar: SeekBar, progress: Int, fromUser: Boolean) =
                cropView.resize(progress / bar.max.toFloat())

            override fun onStartTrackingTouch(bar: SeekBar) = Unit
            override fun onStopTrackingTouch(bar: SeekBar) = Unit
        })
        inBackground({ loadScorer(assets).also { scorer = it } }, ::ready)
    }

    override fun onDestroy() {
        worker.execute { scorer?.close() }
        worker.shutdown()
        super.onDestroy()
    }

    private fun ready(loaded: AnomalyScorer) {
        val input = loaded.sidecar.input
        pick.isEnabled = true
        take.isEnabled = input.preprocessing.resize
        val hint = if (take.isEnabled) "" else "\n" + getString(R.string.fixed_size)
        message.text = input.words + hint
    }

    private fun openCamera() {
        photo.parentFile?.mkdirs()
        try {
            takePicture.launch(photoUri())
        } catch (error: ActivityNotFoundException) {
            showError(InputException(getString(R.string.no_camera), error))
        }
    }

    private fun photoUri(): Uri = FileProvider.getUriForFile(this, "$packageName.photos", photo)

    private fun show(uri: Uri) {
        val read = {
            try {
                readBitmap(contentResolver, uri)
            } finally {
                photo.delete() // what the camera left: keep no photographs
            }
        }
        inBackground(read) { bitmap ->
            cropView.picture = bitmap
            size.progress = size.max
            size.isEnabled = true
            score.isEnabled = scorer != null
            message.text = scorer?.sidecar?.input?.words
        }
    }

    private fun scoreSquare() {
        val scorer = scorer ?: return
        val picture = cropView.picture ?: return
        val crop = cropView.crop ?: return
        val channels = scorer.sidecar.input.preprocessing.channels
        inBackground({ scorer.score(picture.pixels(crop, channels)) }) { value ->
            val words = if (scorer.isAnomalous(value)) R.string.anomalous else R.string.normal
            message.text = getString(words, value, scorer.sidecar.threshold)
        }
    }

    private fun <T> inBackground(work: () -> T, done: (T) -> Unit) = worker.execute {
        val result = runCatching(work)
        runOnUiThread { if (!isDestroyed) result.onSuccess(done).onFailure(::showError) }
    }

    private fun showError(error: Throwable) {
        Log.w("kdgan", error)
        message.text = if (error is InputException) {
            error.message
        } else {
            getString(R.string.unexpected, error.javaClass.simpleName)
        }
    }
}
