package com.example.kdgan

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import android.util.AttributeSet
import android.view.MotionEvent
import android.view.View

/** Shows a picture and, bright inside it, the square that will be scored; a finger drags it. */
class CropView(context: Context, attributes: AttributeSet) : View(context, attributes) {

    /** The picture; setting one starts with the largest square. */
    var picture: Bitmap? = null
        set(value) {
            field = value
            crop = value?.let { SquareCrop.largest(it.width, it.height) }
        }

    /** The chosen square, or null where there is no picture. */
    var crop: SquareCrop? = null
        private set(value) {
            field = value
            invalidate()
        }

    private val shade = Paint().apply { color = Color.argb(160, 0, 0, 0) }
    private val frame = Paint().apply {
        color = Color.WHITE
        style = Paint.Style.STROKE
        strokeWidth = 2 * resources.displayMetrics.density
    }
    private val smooth = Paint(Paint.FILTER_BITMAP_FLAG)
    private var lastX = 0f
    private var lastY = 0f

    /** Sets the side of the square to a share of the largest one. */
    fun resize(share: Float) {
        crop = crop?.resized(share)
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        val bitmap = picture ?: return
        val square = crop ?: return
        val all = RectF(0f, 0f, bitmap.width * zoom, bitmap.height * zoom)
        val chosen = RectF(0f, 0f, square.side * zoom, square.side * zoom)
        chosen.offset(square.left * zoom, square.top * zoom)
        canvas.translate((width - all.width()) / 2, (height - all.height()) / 2)
        canvas.drawBitmap(bitmap, null, all, smooth)
        canvas.save()
        canvas.clipOutRect(chosen)
        canvas.drawRect(all, shade)
        canvas.restore()
        canvas.drawRect(chosen, frame)
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        val square = crop ?: return false
        when (event.actionMasked) {
            MotionEvent.ACTION_DOWN -> {
                lastX = event.x
                lastY = event.y
            }
            MotionEvent.ACTION_MOVE -> {
                val right = ((event.x - lastX) / zoom).toInt()
                val down = ((event.y - lastY) / zoom).toInt()
                crop = square.moved(right, down)
                // Only what was moved: the rest of a pixel counts in the next event.
                lastX += right * zoom
                lastY += down * zoom
            }
            MotionEvent.ACTION_UP -> performClick()
        }
        return true
    }

    override fun performClick(): Boolean {
        super.performClick() // for accessibility services
        return true
    }

    /** Pixels of the screen per pixel of the picture. */
    private val zoom: Float
        get() {
            val bitmap = picture ?: return 1f
            return minOf(width.toFloat() / bitmap.width, height.toFloat() / bitmap.height)
        }
}
