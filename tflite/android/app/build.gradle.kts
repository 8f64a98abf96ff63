import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "com.example.kdgan"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.example.kdgan"
        minSdk = 28 // the first with ImageDecoder
        targetSdk = 35
        versionCode = 1
        versionName = "0.1.0"
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_17
    }
}

dependencies {
    implementation("androidx.activity:activity:1.10.1")
    implementation("androidx.core:core:1.16.0") // FileProvider
    implementation("com.google.ai.edge.litert:litert:1.4.2")

    testImplementation("junit:junit:4.13.2")
    testImplementation("org.json:json:20250517") // on a phone it is built in
}

tasks.register("copyModel") {
    group = "build setup"
    description = "Copies student.tflite and student.json from -Prun=DIR into the app."
    val run = providers.gradleProperty("run")
    val root = rootDir
    val assets = layout.projectDirectory.dir("src/main/assets").asFile
    doLast {
        val folder = root.resolve(
            run.orNull ?: throw GradleException(
                "Expected the folder of a training run. Add -Prun=DIR."
            )
        )
        // Look first, copy then: a pair must not be half new and half old.
        val files = listOf("student.tflite", "student.json").map(folder::resolve)
        files.firstOrNull { !it.isFile }?.let {
            throw GradleException("Expected $it, found nothing. Train a model first.")
        }
        files.forEach { it.copyTo(assets.resolve(it.name), overwrite = true) }
    }
}
