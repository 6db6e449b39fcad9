"""Training.

One step (`trainer`), what a run must remember (`state`), the loop (`loop`), its reports (`events`, `contact_sheet`).
"""
