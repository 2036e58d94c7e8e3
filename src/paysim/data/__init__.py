"""Sourced series, groups and trade, each figure with source, grade, basis and date of publication."""
