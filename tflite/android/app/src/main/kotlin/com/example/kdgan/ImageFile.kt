package com.example.kdgan

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.net.Uri
import java.io.IOException

private const val LARGEST_PICTURE = 32_000_000

/**
 * Reads a picture in full size, turned upright as its EXIF data says.
 *
 * @throws InputException if it cannot be read or would not fit into memory.
 */
fun readBitmap(resolver: ContentResolver, uri: Uri): Bitmap =
    try {
        ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, uri)) { decoder, info, _ ->
            // Not a smaller version: decoders shrink in another way than the training did.
            ensure(info.size.width.toLong() * info.size.height <= LARGEST_PICTURE) {
                "Expected at most ${LARGEST_PICTURE / 1_000_000} megapixels, found " +
                    "${info.size.width}x${info.size.height} pixels; use a smaller picture."
            }
            // The pixels of a hardware bitmap cannot be read.
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
        }
    } catch (error: IOException) {
        val message = "Expected a readable picture, found a damaged or unknown file."
        throw InputException(message, error)
    }

/** The pixels inside [crop], grey (1 channel) or RGB (3 channels). */
fun Bitmap.pixels(crop: SquareCrop, channels: Int): PixelImage {
    val argb = IntArray(crop.side * crop.side)
    getPixels(argb, 0, crop.side, crop.left, crop.top, crop.side, crop.side)
    return PixelImage.fromArgb(crop.side, crop.side, argb, channels)
}
