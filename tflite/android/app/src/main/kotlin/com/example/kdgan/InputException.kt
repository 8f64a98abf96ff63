package com.example.kdgan

/** Something from outside is not as it must be; the message is one sentence for the user. */
class InputException(message: String, cause: Throwable? = null) : Exception(message, cause)

/** Throws an [InputException] unless [ok]. */
inline fun ensure(ok: Boolean, message: () -> String) {
    if (!ok) throw InputException(message())
}
