// These fit together: Android plugin 8.10 needs Gradle 8.11.1 or later and
// JDK 17. Android plugin 9 is another step: there the Kotlin plugin goes.
plugins {
    id("com.android.application") version "8.10.1" apply false
    id("org.jetbrains.kotlin.android") version "2.2.0" apply false
}
