"""How to use the file, in each language, for report page and model card."""

SNIPPETS = (
    {
        "name": "At the command line",
        "language": "sh",
        "text": "kdgan-predict --model=student.tflite --images=new/",
    },
    {
        "name": "Python, without TensorFlow",
        "language": "python",
        "text": "import kdgan_tf\n\n"
        'scorer = kdgan_tf.Scorer("student.tflite")\n'
        'scores = scorer.score_files(["part.png"])\n'
        "anomalous = scorer.decide(scores)",
    },
    {
        "name": "C++, on a microcontroller",
        "language": "cpp",
        "text": "// The sources come from python tflite/emit_micro.py, see\n"
        "// tflite/micro/README.md\n"
        '#include "detector.h"\n\n'
        "// Before the first image: detector.Init(), detector.SelfTest()\n"
        "static kdgan_tf::Detector detector;\n\n"
        "bool Anomalous(const std::uint8_t* pixels, int width, int height) {\n"
        "  const kdgan_tf::Image image = {pixels, width, height};\n"
        "  kdgan_tf::Decision decision;\n"
        "  detector.Decide(image, &decision);\n"
        "  return decision.anomalous;  // a failure is anomalous, too\n"
        "}",
    },
    {
        "name": "Kotlin, on Android",
        "language": "kotlin",
        "text": "// student.tflite and student.json lie in assets/, see\n"
        "// tflite/android/README.md\n"
        "val scorer = loadScorer(assets)\n"
        "val score = scorer.score(image)\n"
        "val anomalous = scorer.isAnomalous(score)",
    },
)
