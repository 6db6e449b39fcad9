"""Whole experiments: trainings of several systems and seeds, their evaluations, and one table."""
