"""Programs that run an emitted detector on emulated boards, for cortex_m.py."""
