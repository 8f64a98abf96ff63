"""The command of kdgan_tf/commands/calibrate.py, from a checkout."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kdgan_tf.commands.calibrate import run

if __name__ == "__main__":
    sys.exit(run())
