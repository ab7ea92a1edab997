"""The monitor: which frames were lost, where and why, from what every service reports."""
