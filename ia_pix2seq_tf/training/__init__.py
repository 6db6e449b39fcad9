"""Training: one step (`trainer`), what a run must remember (`state`), the loop (`loop`), its reports (`reports`)."""
