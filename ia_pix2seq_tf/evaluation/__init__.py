"""Measures trained models with the metrics of the paper."""
