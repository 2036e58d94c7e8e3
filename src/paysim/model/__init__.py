"""The economics on arrays: no scenario files, no clock, no randomness of its own.

Leading axis of every array that depends on parameters: E draws (1 in the event engine). Then the purposes
(trade, finance), the L = G x G corridors (payer or exporter major) and, last, options, currencies or classes.
"""
